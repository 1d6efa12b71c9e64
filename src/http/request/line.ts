import { badRequest } from './bad-request.ts'

/** A line without its CR, where it was cut off at the LF. A bare LF ends no line: others may see none there. */
export function lineBefore(text: string): string {
  if (!text.endsWith('\r')) throw badRequest('a line ends with LF alone')
  return text.slice(0, -1)
}
