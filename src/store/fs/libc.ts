/** The C library of this process, through koffi; undefined if koffi is missing, and on Windows. */
export const libc = await openLibc()

async function openLibc() {
  if (process.platform === 'win32') return undefined
  const loaded = await import('koffi').catch(() => undefined)
  if (loaded === undefined) return undefined
  const koffi = loaded.default
  return { koffi, library: koffi.load(null) }
}
