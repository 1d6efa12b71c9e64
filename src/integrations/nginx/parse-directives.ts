import { ChangeoverError } from '../../contracts/index.ts'
import type { NginxDirective } from './directive.ts'

type Word = { readonly text: string; readonly line: number; readonly kind: 'word' | ';' | '{' | '}' }

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  t: '\t',
  r: '\r',
  n: '\n',
}

/**
 * Reads directives by the rules of nginx's own reader: quotes only around a whole word, `#` only at the beginning of one, `${`
 * opens no block. Throws `host_file_invalid` with file and line.
 */
export function parseDirectives(text: string, fileName: string): readonly NginxDirective[] {
  const words = readWords(text, fileName)
  const { directives, next } = readBlock(words, 0, fileName)
  const left = words[next]
  if (left !== undefined) throw invalid(fileName, left.line, 'there is a “}” too many')
  return directives
}

function readBlock(
  words: readonly Word[],
  start: number,
  fileName: string,
): { readonly directives: readonly NginxDirective[]; readonly next: number } {
  const directives: NginxDirective[] = []
  let head: Word[] = []
  let at = start
  for (let word = words[at]; word !== undefined; word = words[++at]) {
    if (word.kind === 'word') {
      head.push(word)
      continue
    }
    if (word.kind === '}' && head.length === 0) return { directives, next: at }
    const [name, ...args] = head
    if (name === undefined || word.kind === '}')
      throw invalid(fileName, word.line, `“${word.kind}” was not expected here`)
    const directive = { name: name.text, args: args.map((arg) => arg.text), line: name.line }
    head = []
    if (word.kind === ';') {
      directives.push(directive)
      continue
    }
    const block = readBlock(words, at + 1, fileName)
    if (words[block.next] === undefined)
      throw invalid(fileName, name.line, `“${name.text}” has no closing “}”`)
    directives.push({ ...directive, block: block.directives })
    at = block.next
  }
  const [open] = head
  if (open !== undefined) throw invalid(fileName, open.line, `“${open.text}” has no “;” at its end`)
  return { directives, next: at }
}

function readWords(text: string, fileName: string): readonly Word[] {
  const words: Word[] = []
  let line = 1
  let at = 0
  while (at < text.length) {
    const character = text[at] ?? ''
    if (character === '\n') line++
    if (/\s/.test(character)) at++
    else if (character === '#') at = endOfLine(text, at)
    else if (character === ';' || character === '{' || character === '}') {
      words.push({ text: character, line, kind: character })
      at++
    } else {
      const end = character === '"' || character === "'" ? endOfQuoted(text, at) : endOfPlain(text, at)
      if (end === undefined) throw invalid(fileName, line, `the quote ${character} is not closed`)
      const raw = text.slice(at, end)
      words.push({ text: unescape(/^["']/.test(raw) ? raw.slice(1, -1) : raw), line, kind: 'word' })
      line += raw.split('\n').length - 1
      at = end
    }
  }
  return words
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start)
  return end < 0 ? text.length : end
}

function endOfQuoted(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === text[start]) return at + 1
  }
  return undefined
}

function endOfPlain(text: string, start: number): number {
  let at = start
  while (at < text.length && !/[\s;{]/.test(text[at] ?? '')) {
    if (text[at] === '\\') at += 2
    else if (text[at] === '$' && text[at + 1] === '{') at += 2
    else at++
  }
  return Math.min(at, text.length)
}

function unescape(word: string): string {
  return word.replace(/\\(["'\\trn])/g, (_, character: string) => escapes[character] ?? '')
}

function invalid(fileName: string, line: number, what: string): ChangeoverError {
  return new ChangeoverError(
    'host_file_invalid',
    `${fileName}:${line}: ${what}; \`nginx -t\` should accept the file before it is read here`,
  )
}
