import { toErrorReport } from '../contracts/index.ts'
import type { StartResult } from '../contracts/index.ts'

type Part = { readonly start: () => Promise<void>; readonly close: () => Promise<void> }

/** How long a process may take to end by itself after its part has closed. */
const exitGraceMs = 1_000

/**
 * The life of a child process: built from the message that its parent sends with a listening socket, it says when it is ready
 * and ends when it is asked to. It ignores the terminal's signals and its parent's death: whoever adopts it asks it over its socket.
 */
export function runChild(build: (start: unknown, listeningSocket: unknown) => Part | Promise<Part>): void {
  const ignore = (): void => undefined
  process.on('SIGINT', ignore)
  process.on('SIGHUP', ignore)
  process.once('message', (start, listeningSocket) => {
    void (async () => {
      try {
        const part = await build(start, listeningSocket)
        process.once('SIGTERM', () => void part.close().then(endSoon))
        await part.start()
        report({ ready: true })
      } catch (error) {
        report({ ready: false, error: toErrorReport(error) })
        process.exitCode = 1
        endSoon()
      }
    })()
  })
}

function report(result: StartResult): void {
  if (process.connected) process.send?.(result)
}

function endSoon(): void {
  setTimeout(() => process.exit(), exitGraceMs).unref()
}
