/** Lines of the access log are written together: this often, or at this many bytes. */
const flushMs = 1_000
const fileLength = 64 * 1024
/** Of a pipe the kernel takes no more than this in one piece, and other processes write to it too. */
const pipeLength = 4_096

/**
 * Lines in latin1 that are written together, so that each costs a request little; the rest is written when the process exits. They
 * wait as bytes: strings would be moved again and again by the garbage collector. `write` may keep what it gets.
 */
export function collectLines(
  write: (lines: Buffer) => void,
  { isStream }: { readonly isStream: boolean },
): { readonly add: (line: string) => void; readonly flush: () => void } {
  const waiting = Buffer.allocUnsafeSlow(isStream ? pipeLength : fileLength)
  let length = 0
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (length > 0) write(Buffer.from(waiting.subarray(0, length)))
    length = 0
  }
  // Before the file is given up.
  process.prependListener('exit', flush)
  return {
    add: (line) => {
      const whole = `${line}\n`
      if (length + whole.length > waiting.length) flush()
      if (whole.length > waiting.length) {
        write(Buffer.from(whole, 'latin1'))
        return
      }
      length += waiting.write(whole, length, 'latin1')
      timer ??= setTimeout(flush, flushMs).unref()
    },
    flush,
  }
}
