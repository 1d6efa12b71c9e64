import type { SonicBoom, SonicBoomOpts } from 'sonic-boom'
import sonicBoom from 'sonic-boom'

import { ChangeoverError, toMessage } from '../../contracts/index.ts'

/** What lines that cannot be written may take in memory, until they can be, or the process exits. */
const maxKeptBytes = 1 << 20

/** How often lines that were kept are tried again. */
const retryMs = 1_000

/** How often a full pipe is tried again when the process exits, 100 ms apart. */
const retriesAtExit = 5

/** The end of a file, or a standard stream, that several processes write to, each whole lines. */
export type LogFile = {
  /** Writes whole lines, at once and in one write. Never throws: what cannot be written is kept for later, as far as it fits. */
  readonly write: (lines: Buffer) => void
  /** Continues in the file that has the path now. Never throws: if that cannot be opened, the one before goes on. */
  readonly reopen: () => void
}

/**
 * Opens a log file, or makes it; a number is a standard stream. `complain` gets a message if lines cannot be written, and another
 * one if they can be again. Throws `log_unwritable`.
 */
export function openLogFile(target: string | 1 | 2, complain: (message: string) => void): LogFile {
  const name = typeof target === 'string' ? `the log file ${target}` : `standard ${streamNames[target]}`
  let retries = 0
  const destination = open(target, { retryEAGAIN: () => retries-- > 0 })
  /** Runs while there are lines that could not be written. */
  let timer: NodeJS.Timeout | undefined
  /** Whether the last write failed. */
  let isFailing = false
  let lostLines = 0
  /** The library reports them a second time. */
  const reopenErrors = new WeakSet<Error>()
  /** The library says `drain` when all is written, a moment later: another write may have failed by then. */
  const tellEnd = (): void => {
    if (isFailing) return
    destination.off('drain', tellEnd)
    clearInterval(timer)
    timer = undefined
    const lost = lostLines
    lostLines = 0
    complain(`${name} can be written again; ${lost === 0 ? 'no line was lost' : `${lost} lines were lost`}`)
  }
  destination.on('drop', (lines: Buffer) => {
    lostLines += countLines(lines)
  })
  destination.on('error', (error: Error) => {
    if (reopenErrors.has(error)) return
    isFailing = true
    if (timer !== undefined) return
    destination.on('drain', tellEnd)
    timer = setInterval(() => destination.flush(), retryMs).unref()
    complain(
      `${name} cannot be written: ${toMessage(error)}; its lines are kept as far as they fit into memory`,
    )
  })
  destination.on('write', () => (isFailing = false))
  process.on('exit', () => {
    if (timer === undefined) return
    retries = retriesAtExit
    try {
      destination.flushSync()
    } catch {
      // It was said when it began.
    }
  })
  return {
    write: (lines) => {
      // The library takes buffers in this mode; its types do not say so.
      destination.write(lines as unknown as string)
    },
    reopen: () => {
      if (typeof target === 'number') return
      try {
        reopen(destination)
        if (timer !== undefined) destination.flush()
      } catch (error) {
        reopenErrors.add(error as Error)
        complain(`${name} cannot be opened again: ${toMessage(error)}; its lines still go to the one before`)
      }
    },
  }
}

const streamNames = { 1: 'output', 2: 'error' } as const

function open(target: string | number, options: SonicBoomOpts): SonicBoom {
  try {
    // Synchronous, as in nginx: what was logged is there when the process dies, and a line is one write, which the kernel appends whole.
    return new sonicBoom.SonicBoom({
      ...options,
      dest: target,
      sync: true,
      contentMode: 'buffer',
      maxLength: maxKeptBytes,
    })
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    throw new ChangeoverError(
      'log_unwritable',
      `the log file ${target} cannot be written (${code}); name one in a folder that this user may write to`,
      { cause: error },
    )
  }
}

/**
 * The library closes the old file when the new one is open. After an attempt that failed it would close it twice, once for each
 * attempt, and the second time the number may be another file's; so the one that failed must leave no listener.
 */
function reopen(destination: SonicBoom): void {
  const before = new Set(destination.rawListeners('ready'))
  try {
    destination.reopen()
  } catch (error) {
    for (const listener of destination.rawListeners('ready'))
      if (!before.has(listener)) destination.off('ready', listener as () => void)
    throw error
  }
}

function countLines(lines: Buffer): number {
  let count = 0
  for (const byte of lines) if (byte === 0x0a) count++
  return count
}
