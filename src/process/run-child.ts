import type {
  ListeningName,
  ProcessStart,
  ProcessUsage,
  SpawnCommand,
  StartResult,
} from '../contracts/index.ts'
import { ChangeoverError, toErrorReport } from '../contracts/index.ts'
import type { HeldSockets, LaunchMessage } from './launch.ts'
import { launch } from './launch.ts'
import { ownSocket, placeSocket } from './process-sockets.ts'
import { UsageMeter } from './usage-meter.ts'

/** How a part closes: with time for idle clients if another process has taken its place, or soon. */
export type Ending = { readonly isPatient: boolean }

export type Part = {
  readonly start: () => Promise<void>
  readonly close: (ending: Ending) => Promise<void>
}

/** What a process is given besides its task. */
export type ChildContext = {
  readonly sockets: HeldSockets
  /** The socket on which it listens for links. */
  readonly socketPath: string
  /** The socket of the process that has its place now, until it takes it. */
  readonly placePath: string
  /** Starts another process of the stack and resolves to its id; for use after the supervisor that held the sockets has exited. */
  readonly spawn: (command: SpawnCommand) => Promise<number>
  /** Closes the sockets that the part does not listen on: no other process is to be started with them. */
  readonly releaseSockets: () => void
  /** Exits this process. */
  readonly end: (ending: Ending) => void
  /** What this process uses; its delays are those since the last call. */
  readonly usage: () => ProcessUsage
}

/** How long a process may take to exit on its own after its part has closed. */
const exitGraceMs = 1_000

/**
 * The life of a process that `launch` starts: built from what it is sent, it reports when it is ready and exits when it is told
 * to. It ignores the terminal's signals, and its parent's death unless its task says otherwise: a supervisor that adopts it uses
 * its socket.
 */
export function runChild(build: (start: ProcessStart, context: ChildContext) => Part | Promise<Part>): void {
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
  // The log's pipe may be closed with the supervisor.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  const exitBeforeReady = (): void => process.exit(1)
  process.once('disconnect', exitBeforeReady)

  const sockets = new Map<ListeningName, readonly unknown[]>()
  process.on('message', (value, handle) => {
    const message = value as LaunchMessage
    switch (message.type) {
      case 'socket':
        sockets.set(message.name, [...(sockets.get(message.name) ?? []), handle])
        break
      case 'start':
        void live(message.start)
        break
    }
  })

  const meter = new UsageMeter()
  let isReleased = false
  const release = (start: ProcessStart): void => {
    if (!isReleased) closeSpare(sockets, start)
    isReleased = true
  }

  const live = async (start: ProcessStart): Promise<void> => {
    let end: ChildContext['end'] = () => undefined
    try {
      const part = await build(start, {
        sockets,
        socketPath: ownSocket(start.runFolder, { name: start.name, pid: process.pid }),
        placePath: placeSocket(start.runFolder, start.name),
        spawn: async ({ entry, start: other }) => {
          if (isReleased)
            throw new ChangeoverError('link_closed', 'this process is exiting, and no longer holds sockets')
          return (await launch(entry, other, sockets)).identity.pid
        },
        releaseSockets: () => release(start),
        end: (ending) => end(ending),
        usage: () => meter.take(),
      })
      let isEnding = false
      end = (ending) => {
        if (isEnding && ending.isPatient) return
        const isFirst = !isEnding
        isEnding = true
        release(start)
        // nginx listens on a copy of its own, and closes that.
        if (isFirst && start.kind === 'nginx') closeAll(sockets.get('gateway'))
        void part.close(ending).then(endSoon)
      }
      process.on('SIGTERM', () => end({ isPatient: false }))
      await part.start()
      process.off('disconnect', exitBeforeReady)
      if (start.endsWithParent) process.once('disconnect', () => end({ isPatient: false }))
      report({ ready: true })
    } catch (error) {
      process.off('disconnect', exitBeforeReady)
      report({ ready: false, error: toErrorReport(error) })
      process.exitCode = 1
      endSoon()
    }
  }
}

/** Sockets that the part does not listen on; those that it does are its own to close. */
function closeSpare(sockets: HeldSockets, start: ProcessStart): void {
  const own = listensOn(start)
  for (const [name, handles] of sockets) if (!own.includes(name)) closeAll(handles)
}

function listensOn(start: ProcessStart): readonly ListeningName[] {
  return start.kind === 'worker' ? [start.instance] : ['gateway', 'grpc']
}

function closeAll(handles: readonly unknown[] = []): void {
  for (const handle of handles) (handle as { close: () => void }).close()
}

function report(result: StartResult): void {
  if (process.connected) process.send?.(result)
}

function endSoon(): void {
  setTimeout(() => process.exit(), exitGraceMs).unref()
}
