import type { GunicornFlag } from './flags.ts'
import { gunicornFlags } from './flags.ts'

/** The parsed command line of gunicorn. */
export type GunicornArgs = {
  readonly given: readonly { readonly flag: GunicornFlag; readonly value: string | undefined }[]
  /** The application: `app:app`. */
  readonly app: string | undefined
  /** Words that gunicorn 20.1 would refuse. */
  readonly unknown: readonly string[]
}

/** Reads what follows `gunicorn` on a command line, as Python's argparse does: `--bind=X`, `-bX`, and an unambiguous prefix of a long name. */
export function parseGunicornArgs(words: readonly string[]): GunicornArgs {
  const given: { readonly flag: GunicornFlag; readonly value: string | undefined }[] = []
  const unknown: string[] = []
  let app: string | undefined
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    const found = word.startsWith('--') ? readLong(word) : readShort(word)
    if (found === undefined) {
      if (word.startsWith('-') || app !== undefined) unknown.push(word)
      else app = word
      continue
    }
    const { flag, value } = found
    given.push({ flag, value: flag.takesValue ? (value ?? words[++at]) : undefined })
  }
  return { given, app, unknown }
}

/** The last value that is given of a flag. */
export function lastValue({ given }: GunicornArgs, name: string): string | undefined {
  return given.findLast(({ flag }) => flag.names.includes(name))?.value
}

/** All values that are given of a flag. */
export function allValues({ given }: GunicornArgs, name: string): readonly string[] {
  return given.flatMap(({ flag, value }) => (flag.names.includes(name) && value !== undefined ? [value] : []))
}

type Found = { readonly flag: GunicornFlag; readonly value: string | undefined }

function readLong(word: string): Found | undefined {
  const [name = '', ...rest] = word.slice(2).split('=')
  const value = rest.length === 0 ? undefined : rest.join('=')
  const exact = gunicornFlags.find(({ names }) => names.includes(name))
  const begun = gunicornFlags.filter(({ names }) => names.some((one) => one.startsWith(name)))
  const flag = exact ?? (begun.length === 1 ? begun[0] : undefined)
  return flag && { flag, value }
}

function readShort(word: string): Found | undefined {
  const letter = /^-([A-Za-z])/.exec(word)?.[1]
  const flag = gunicornFlags.find((one) => one.letter === letter && letter !== undefined)
  return flag && { flag, value: word.length > 2 ? word.slice(2).replace(/^=/, '') : undefined }
}
