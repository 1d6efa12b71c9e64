/** Lines of the access log are written together: this often, or at this many characters. */
const flushMs = 1_000
const fileLength = 64 * 1024
/** Of a pipe the kernel takes no more than this in one piece, and other processes write to it too. */
const pipeLength = 4_096

/** Lines that are written together, so that each costs a request little; the rest is written when the process exits. */
export function collectLines(
  write: (text: string) => void,
  { isStream }: { readonly isStream: boolean },
): { readonly add: (line: string) => void; readonly flush: () => void } {
  const maxLength = isStream ? pipeLength : fileLength
  let waiting = ''
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (waiting !== '') write(waiting)
    waiting = ''
  }
  // Before the file is given up.
  process.prependListener('exit', flush)
  return {
    add: (line) => {
      if (waiting.length + line.length >= maxLength) flush()
      waiting += `${line}\n`
      timer ??= setTimeout(flush, flushMs).unref()
    },
    flush,
  }
}
