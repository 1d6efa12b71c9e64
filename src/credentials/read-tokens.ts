import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

import type { Config } from '../config/schema/index.ts'
import { ChangeoverError, toMessage } from '../contracts/index.ts'

type TokenRight = 'look' | 'change'

/** A token as it is kept: its digest, so that all comparisons are of the same length. */
export type ControlToken = { readonly name: string; readonly right: TokenRight; readonly digest: Buffer }

export type ControlTokens = readonly ControlToken[]

/** Of `openssl rand -base64 24`: 24 random bytes. */
const minLength = 32
const maxLength = 1_024
const maxTokens = 1_000
const maxFileBytes = 2 * 1024 * 1024

/** What may stand behind `Bearer` (RFC 6750, 2.1). */
const tokenPattern = /^[A-Za-z0-9._~+/-]+=*$/

/** For names in the history and the log. */
const namePattern = /^[\p{L}\p{N}._@-]{1,64}$/u

/** Reads the files of tokens. Throws `config_invalid` with the file and why, and never a part of a token. */
export function readTokens(files: NonNullable<Config['control']>['tokens']): ControlTokens {
  const tokens = (['look', 'change'] as const).flatMap((right) => {
    const path = files[right]
    return path === undefined
      ? []
      : parseTokens(
          readPrivately(path, (why) => fault(right, path, why)),
          path,
          right,
        )
  })
  const seen = new Map<string, ControlToken>()
  for (const token of tokens) {
    const key = token.digest.toString('hex')
    const other = seen.get(key)
    if (other !== undefined)
      throw fault(
        token.right,
        files[token.right] ?? '',
        `has the token of ${token.name}, which ${other.name} has too; give each a token of its own`,
      )
    seen.set(key, token)
  }
  return tokens
}

/** The digest by which a token is compared. */
export function digestToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** The token of a client: the first of a file, behind a name or alone. Throws `bad_usage`, and never a part of a token. */
export function readOwnToken(path: string): string {
  const refuse = (why: string): ChangeoverError =>
    new ChangeoverError('bad_usage', `the token file ${path} ${why}`)
  for (const words of readPrivately(path, refuse).split('\n').map(splitLine)) {
    const token = words.at(-1)
    if (token === undefined) continue
    if (words.length > 2 || !tokenPattern.test(token))
      throw refuse('has another form than `TOKEN` or `NAME TOKEN`')
    return token
  }
  throw refuse('has no token; write one into it, as `openssl rand -hex 32` makes it')
}

/** Nothing for an empty line and a comment. */
function splitLine(line: string): string[] {
  const words = line.trim().split(/\s+/)
  return words[0] === '' || words[0]?.startsWith('#') === true ? [] : words
}

/** One token a line, behind a name for the history; a name may have several, so that a new one is taken before the old one goes. */
function parseTokens(text: string, path: string, right: TokenRight): ControlToken[] {
  const tokens = text.split('\n').flatMap((line, index) => {
    const words = splitLine(line)
    if (words.length === 0) return []
    const why = findFault(words)
    if (why !== undefined) throw fault(right, path, `line ${index + 1} ${why}`)
    const [name = '', token = ''] = words
    return [{ name, right, digest: digestToken(token) }]
  })
  if (tokens.length === 0)
    throw fault(right, path, 'has no token; write lines `NAME TOKEN`, the token of `openssl rand -hex 32`')
  if (tokens.length > maxTokens) throw fault(right, path, `has over ${maxTokens} tokens; keep fewer`)
  return tokens
}

function findFault(words: readonly string[]): string | undefined {
  const [name = '', token] = words
  if (token === undefined || words.length > 2)
    return 'is not `NAME TOKEN`; write a name for the history, a space and the token'
  if (!namePattern.test(name)) return 'has a name that is not of up to 64 letters, digits and . _ @ -'
  if (token.length < minLength || token.length > maxLength)
    return `has a token of ${token.length} characters; it must have ${minLength} to ${maxLength}, as that of \`openssl rand -hex 32\``
  if (!tokenPattern.test(token))
    return 'has a token with other characters than letters, digits and - . _ ~ + / ='
  return undefined
}

/** What is checked is the file that is read: a link may be changed, and a pipe never ends. */
function readPrivately(path: string, refuse: (why: string) => ChangeoverError): string {
  let fd: number | undefined
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const { uid, mode, size } = fstatSync(fd)
    const why = findPermissionFault({ uid, mode, size })
    if (why !== undefined) throw refuse(why)
    return readFileSync(fd, 'utf8')
  } catch (error) {
    if (error instanceof ChangeoverError) throw error
    throw refuse(`cannot be read: ${toMessage(error)}`)
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

function findPermissionFault(file: { uid: number; mode: number; size: number }): string | undefined {
  const { uid, mode, size } = file
  if ((mode & constants.S_IFMT) !== constants.S_IFREG) return 'is not a file'
  const own = process.geteuid?.() ?? uid
  if (uid !== own && uid !== 0)
    return `belongs to user ${uid}, who could read and change it; \`chown ${own}\` it`
  if ((mode & 0o077) !== 0)
    return `may be read or changed by other users (mode ${(mode & 0o777).toString(8)}); \`chmod 600\` it, and replace the tokens in it`
  return size > maxFileBytes ? `has over ${maxFileBytes} bytes` : undefined
}

function fault(right: TokenRight, path: string, why: string): ChangeoverError {
  return new ChangeoverError('config_invalid', `control.tokens.${right}: ${path} ${why}`)
}
