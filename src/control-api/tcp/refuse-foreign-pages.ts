import type { IncomingHttpHeaders } from 'node:http'

import { ChangeoverError } from '../../contracts/index.ts'

/**
 * Refuses what a page of another origin has a browser send. Such a page has no token, and without the answer to a preflight it
 * may not send one; this is beside that. Throws `not_allowed`.
 */
export function refuseForeignPages({ host, origin, ...headers }: IncomingHttpHeaders): void {
  const site = headers['sec-fetch-site']
  // Browsers since 2023 say it; to others, and without TLS, the origin says the same.
  const isForeign =
    site === undefined
      ? origin !== undefined && hostOf(origin) !== host?.toLowerCase()
      : site !== 'same-origin' && site !== 'none'
  if (isForeign)
    throw new ChangeoverError('not_allowed', 'a page of another origin may not use the control API')
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

/**
 * Refuses a name that is not this machine's: a page whose name was led to this address would otherwise be of the same origin as
 * the control API. Throws `not_allowed`.
 */
export function requireLocalName({ host = '' }: IncomingHttpHeaders): void {
  const name = host.replace(/:\d*$/, '').toLowerCase()
  const isLocal = name === 'localhost' || /^[\d.]+$/.test(name) || /^\[[\da-f:.]+\]$/.test(name)
  if (!isLocal)
    throw new ChangeoverError(
      'not_allowed',
      `control.bind is an address of this machine alone, and ${JSON.stringify(name.slice(0, 100))} is not its name; ask 127.0.0.1 or localhost, also through a proxy`,
    )
}
