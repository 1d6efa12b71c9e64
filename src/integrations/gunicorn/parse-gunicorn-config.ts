import type { GunicornFlag } from './flags.ts'
import { gunicornFlags } from './flags.ts'

/** The settings of gunicorn's own configuration, a Python file, as far as they can be read without running it. */
export type GunicornConfig = {
  readonly given: readonly ConfigValue[]
  /** Lines whose value only Python can compute. */
  readonly unread: readonly { readonly line: number; readonly what: string }[]
}

export type ConfigValue = {
  readonly flag: GunicornFlag
  readonly values: readonly string[]
  readonly line: number
  readonly what: string
}

/** Settings whose names are not those of their flags with other dashes. */
const flagOfName = new Map(
  Object.entries({
    pidfile: 'pid',
    accesslog: 'access-logfile',
    errorlog: 'error-logfile',
    loglevel: 'log-level',
    logconfig: 'log-config',
    access_log_format: 'access-logformat',
    keepalive: 'keep-alive',
    proc_name: 'name',
    preload_app: 'preload',
    raw_env: 'env',
  }),
)

type Statement = {
  readonly name: string
  readonly text: string
  readonly line: number
  readonly isPlain: boolean
}

/** Reads assignments of plain text, numbers and lists. A name that is given more than once, or not at the outermost level, is not taken. */
export function parseGunicornConfig(text: string): GunicornConfig {
  const statements = readStatements(text)
  const counts = new Map<string, number>()
  for (const { name } of statements) counts.set(name, (counts.get(name) ?? 0) + 1)
  const assigned = new Set(statements.map(({ line }) => line))
  const given: ConfigValue[] = []
  const unread: { line: number; what: string }[] = []
  for (const { name, text: written, line, isPlain } of statements) {
    const flag = flagOf(name)
    if (flag === undefined) continue
    const values = readLiteral(written)
    const isOnly = (counts.get(name) ?? 0) === 1
    const what = `${name} = ${written}`
    if (!isPlain || !isOnly || values === undefined) unread.push({ line, what })
    else if (values !== 'none') given.push({ flag, values, line, what })
  }
  for (const [index, raw] of withoutDocstrings(text).split(/\r?\n/).entries()) {
    const what = withoutComment(raw)
    const isStatement = assigned.has(index + 1)
    const isOther =
      /\bimport\s*\*/.test(what) || /\b(bind|workers)\b.*=/.test(what.replace(/"[^"]*"|'[^']*'/g, ''))
    if (!isStatement && isOther) unread.push({ line: index + 1, what })
  }
  return { given, unread: unread.toSorted((a, b) => a.line - b.line) }
}

function flagOf(name: string): GunicornFlag | undefined {
  const long = flagOfName.get(name) ?? name.replaceAll('_', '-')
  return gunicornFlags.find(({ names }) => names.includes(long) || names.includes(name))
}

/** Assignments at any level; a list may go over several lines. */
function readStatements(text: string): readonly Statement[] {
  const lines = withoutDocstrings(text).split(/\r?\n/)
  const statements: Statement[] = []
  for (let at = 0; at < lines.length; at++) {
    const [, indent = '', name, sign, first = ''] =
      /^(\s*)([A-Za-z_]\w*)\s*(?::[^=]+)?(\+?=)(?!=)\s*(.*)$/.exec(lines[at] ?? '') ?? []
    if (name === undefined) continue
    const line = at + 1
    let written = withoutComment(first)
    while (/^[([]/.test(written) && !/[)\]]$/.test(written) && at + 1 < lines.length)
      written = `${written} ${withoutComment(lines[++at] ?? '')}`.trim()
    statements.push({ name, text: written, line, isPlain: indent === '' && sign === '=' })
  }
  return statements
}

/** Blanked, so that lines keep their numbers. */
function withoutDocstrings(text: string): string {
  return text.replace(/"""[\s\S]*?"""|'''[\s\S]*?'''/g, (docstring) => docstring.replace(/[^\n]/g, ''))
}

function withoutComment(text: string): string {
  return (/^(?:"[^"]*"|'[^']*'|[^"'#])*/.exec(text)?.[0] ?? text).trim()
}

/** The values of a literal; `none` for None and False; undefined if it is not a literal. */
function readLiteral(text: string): readonly string[] | 'none' | undefined {
  if (text === 'None' || text === 'False') return 'none'
  if (text === 'True') return []
  const one = readScalar(text)
  if (one !== undefined) return [one]
  const inner = /^[([](.*)[)\]]$/s.exec(text)?.[1]
  if (inner === undefined) return undefined
  const values = inner.split(',').flatMap((part) => (part.trim() === '' ? [] : [readScalar(part.trim())]))
  return values.every((value) => value !== undefined) ? values : undefined
}

function readScalar(text: string): string | undefined {
  if (/^-?\d+$/.test(text)) return text
  return /^(["'])([^"'\\]*)\1$/.exec(text)?.[2]
}
