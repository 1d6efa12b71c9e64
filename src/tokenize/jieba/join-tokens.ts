import type { Workspace } from './workspace.ts'

/** The tokens of `text`, joined by one space. */
export function joinTokens(text: string, { tokenEnds, tokenCount }: Workspace): string {
  let joined = ''
  let start = 0
  for (let token = 0; token < tokenCount; token++) {
    const end = tokenEnds[token] as number
    if (token > 0) joined += ' '
    joined += text.slice(start, end)
    start = end
  }
  return joined
}
