const ownFolder = new URL('../..', import.meta.url).href

/** Text without the lines of a stack that lead through this program and Node, if that leaves any of them: those of the user's code. */
export function withoutOwnFrames(text: string): string {
  const lines = text.split('\n')
  const isOther = (line: string): boolean =>
    line.includes(ownFolder) || line.includes('/node_modules/jiti/') || /[( ]node:/.test(line)
  const kept = lines.filter((line) => !isFrame(line) || !isOther(line))
  return kept.some(isFrame) ? kept.join('\n') : text
}

function isFrame(line: string): boolean {
  return /^\s+at /.test(line)
}
