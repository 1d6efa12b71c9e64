import type { ClientRequest, IncomingMessage } from 'node:http'
import { request } from 'node:http'
import { request as tlsRequest } from 'node:https'

import { toMessage } from '../contracts/index.ts'
import type { ControlClient } from './control-client.ts'
import { clientOf, exchange } from './control-client.ts'

/** The control API of a stack on another machine. */
export type RemoteControl = {
  /** `https://host:port` or `http://host:port`. */
  readonly url: URL
  readonly token: string
  /** The authorities to trust in place of those that Node.js knows, in PEM. */
  readonly ca?: string | undefined
  /** The client's own certificate and key, in PEM, for mutual TLS. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

/** A new connection, through whatever is in between. */
const answerTimeoutMs = 15_000

/** A client over TCP. Every call throws as those of `createControlClient`, and `not_authenticated` and `not_allowed`. */
export function createRemoteControl(remote: RemoteControl): ControlClient {
  const { origin } = remote.url
  return clientOf((method, path, body, signal) =>
    exchange({
      open: (onAnswer) => open(remote, method, path, onAnswer),
      body,
      signal,
      answerTimeoutMs,
      describeSilence: () =>
        `${origin} has not answered within ${answerTimeoutMs / 1_000} s; check the address, and whether a firewall is between`,
      describeFailure: (error) => describeFailure(origin, error),
    }),
  )
}

function open(
  { url, token, ca, cert, key }: RemoteControl,
  method: string,
  path: string,
  onAnswer: (answer: IncomingMessage) => void,
): ClientRequest {
  const options = { method, agent: false, headers: { authorization: `Bearer ${token}` } }
  const target = new URL(path, url)
  return url.protocol === 'https:'
    ? tlsRequest(target, { ...options, ca, cert, key }, onAnswer)
    : request(target, options, onAnswer)
}

function describeFailure(origin: string, error: NodeJS.ErrnoException): string {
  const { code = '' } = error
  const advice = /^(?:EPROTO|ERR_SSL)/.test(code)
    ? 'it may speak HTTP without TLS, or want a client certificate: --cert and --key'
    : code.includes('CERT') || code.includes('SIGNATURE') || code === 'ERR_TLS_CERT_ALTNAME_INVALID'
      ? 'name the authority of its certificate with --cacert, and call it as the certificate does'
      : code === 'ECONNRESET'
        ? 'it may want TLS, so https://, or a client certificate: --cert and --key'
        : 'check control.bind of its configuration, and whether the stack runs'
  return `no control API answers at ${origin}: ${toMessage(error) || code}; ${advice}`
}
