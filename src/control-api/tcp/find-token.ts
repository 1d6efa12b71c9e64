import { timingSafeEqual } from 'node:crypto'

import type { ControlToken, ControlTokens } from '../../credentials/index.ts'
import { digestToken } from '../../credentials/index.ts'

/**
 * The token that a client has sent, or undefined. How long it takes says nothing about the tokens: digests of the same length are
 * compared, and all of them, whether one has matched or not.
 */
export function findToken(
  tokens: ControlTokens,
  sent: string,
  isEqual: (a: Buffer, b: Buffer) => boolean = timingSafeEqual,
): ControlToken | undefined {
  const digest = digestToken(sent)
  let found: ControlToken | undefined
  for (const token of tokens) if (isEqual(token.digest, digest)) found = token
  return found
}

/** What stands behind `Bearer` in the header; undefined if there is no such header. */
export function readBearer(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
}
