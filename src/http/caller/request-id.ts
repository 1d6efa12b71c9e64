import { randomFillSync } from 'node:crypto'

import type { HeaderBlock } from '../request/header-block.ts'
import { findHeaders } from '../request/header-block.ts'

const maxLength = 128
const idBytes = 16
const idsAtOnce = 256

/** Whether a character may be in an id, by its code: none that has a meaning in a log, a header or a shell. */
const isAllowed = new Uint8Array(256)
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=:@')
  isAllowed[character.charCodeAt(0)] = 1

const random = Buffer.alloc(idBytes * idsAtOnce)
/** In hex; the ids are cut from it, so that a request costs no random number of its own. */
let made = ''
let at = 0

/** The id that a client has sent in `x-request-id`, if it is one of 1 to 128 letters, digits and `-._~+/=:@`; otherwise a new one. */
export function identifyRequest(headers: HeaderBlock | undefined): string {
  if (headers?.includes('x-request-id\n') !== true) return makeRequestId()
  const [sent = '', ...others] = findHeaders(headers, 'x-request-id')
  return others.length === 0 && isRequestId(sent) ? sent : makeRequestId()
}

/** 128 random bits as 32 hexadecimal digits: nobody can guess the id of another request, in any process. */
export function makeRequestId(): string {
  if (at === made.length) {
    made = randomFillSync(random).toString('hex')
    at = 0
  }
  at += 2 * idBytes
  return made.slice(at - 2 * idBytes, at)
}

function isRequestId(text: string): boolean {
  if (text.length === 0 || text.length > maxLength) return false
  for (let i = 0; i < text.length; i++) if (isAllowed[text.charCodeAt(i)] !== 1) return false
  return true
}
