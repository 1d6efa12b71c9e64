import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'

/** Lines and columns begin with 1. */
export type CodePlace = { readonly file: string; readonly line: number; readonly column: number }

export type LocatedError = { readonly reason: string; readonly place?: CodePlace }

/** `    at name (/folder/service.ts:3:7)`, or ` /folder/service.ts:3:10` at the end of what jiti's parser says. */
const placePattern = /^\s+(at (?:.*\()?)?((?:file:\/\/)?\/.*):(\d+):(\d+)\)?$/

/** What a thrown value says, and the first place in code of the user's own that it names. */
export function locateError(error: unknown, isOwnCode: (file: string) => boolean): LocatedError {
  if (!(error instanceof Error)) return { reason: `${inspect(error)} was thrown, which is no Error` }
  const place = (error.stack ?? error.message)
    .split('\n')
    .map(readPlace)
    .find((found) => found !== undefined && isOwnCode(found.file))
  const reason = error.message
    .split('\n')
    .filter((line) => !placePattern.test(line))
    .join('\n')
    .trim()
  const isNamed = error.name !== 'Error' && error.name !== 'ChangeoverError'
  return { reason: isNamed ? `${error.name}: ${reason}` : reason, ...(place && { place }) }
}

function readPlace(text: string): CodePlace | undefined {
  const [, at, path = '', line, column] = placePattern.exec(text) ?? []
  if (line === undefined) return undefined
  const file = path.startsWith('file://') ? fileURLToPath(path) : path
  // The parser counts columns from 0, and a stack from 1.
  return { file, line: Number(line), column: Number(column) + (at === undefined ? 1 : 0) }
}
