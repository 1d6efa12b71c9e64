import { badRequest } from './bad-request.ts'

/** Removes the CR of a line that was cut at its LF. A bare LF is an error: other programs may not see a line's end there. */
export function lineBefore(text: string): string {
  if (!text.endsWith('\r')) throw badRequest('a line ends with LF alone')
  return text.slice(0, -1)
}
