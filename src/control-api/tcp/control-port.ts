import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

import type { TcpAddress } from '../../config/schema/index.ts'
import type { Log, TlsMaterial } from '../../contracts/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import type { ControlToken, ControlTokens } from '../../credentials/index.ts'
import { listenOnTcp } from '../../run-folder/index.ts'
import { createRequestListener } from '../request-listener.ts'
import type { ControlCaller, ControlRoutes, Right } from '../route.ts'
import { FailureDelay } from './failure-delay.ts'
import { findToken, readBearer } from './find-token.ts'
import { refuseForeignPages, requireLocalName } from './refuse-foreign-pages.ts'
import { securityHeaders } from './security-headers.ts'
import { Strangers } from './strangers.ts'

/** What a reload may change. */
export type ControlCredentials = { readonly tokens: ControlTokens; readonly tls?: TlsMaterial | undefined }

export type ControlPortOptions = {
  readonly address: TcpAddress
  readonly credentials: ControlCredentials
  readonly routes: ControlRoutes
  readonly log: Log
}

/** A client may take this long for its handshake, its headers, or its whole request. */
const clientTimeoutMs = 10_000

/** Longer than between two scrapes of Prometheus. */
const keepAliveTimeoutMs = 75_000

/** Answers to wrong tokens that wait at the same time; beyond that they do not wait, and the connection ends. */
const maxDelayed = 100

/** The control API on TCP, for those who have a token. */
export class ControlPort {
  readonly #address: TcpAddress
  readonly #log: Log
  readonly #server: Server | TlsServer
  readonly #failures = new FailureDelay()
  readonly #strangers = new Strangers()
  /** What is being answered to those who look: it may have no end. */
  readonly #looking = new Map<ServerResponse, ControlToken>()
  #tokens: ControlTokens
  #delayed = 0
  #isOpen = false

  constructor({ address, credentials, routes, log }: ControlPortOptions) {
    this.#address = address
    this.#log = log
    this.#tokens = credentials.tokens
    const listener = createRequestListener(routes, (request, response, needed) =>
      this.#identify(request, response, needed).catch((error: unknown) => {
        response.setHeader('connection', 'close')
        throw error
      }),
    )
    this.#server = openServer(credentials.tls, listener)
    this.#server.headersTimeout = clientTimeoutMs
    this.#server.requestTimeout = clientTimeoutMs
    this.#server.keepAliveTimeout = keepAliveTimeoutMs
    this.#server.on('connection', (socket: Socket) => this.#strangers.add(socket))
  }

  /** Listens, and refuses requests until `open`. Throws `port_in_use` and `bind_failed`. */
  async listen(): Promise<void> {
    await listenOnTcp(this.#server, this.#address, 'control.bind')
  }

  /** Answers requests from now on. */
  open(): void {
    this.#isOpen = true
  }

  /** `http://host:port` or `https://host:port`. */
  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo
    const scheme = 'setSecureContext' in this.#server ? 'https' : 'http'
    return `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`
  }

  /** Takes other tokens and another certificate. Connections stay open, but those that look on with a token that is gone. */
  use({ tokens, tls }: ControlCredentials): void {
    this.#tokens = tokens
    for (const [response, { digest }] of this.#looking)
      if (!tokens.some((token) => token.digest.equals(digest))) response.destroy()
    if (tls !== undefined && 'setSecureContext' in this.#server) this.#server.setSecureContext(tls)
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
    this.#strangers.destroyAll()
  }

  async #identify(request: IncomingMessage, response: ServerResponse, needed: Right): Promise<ControlCaller> {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
    if (this.#address.isLoopback) requireLocalName(request.headers)
    if (needed === 'none') return { right: 'none' }
    refuseForeignPages(request.headers)
    const caller = await this.#authenticate(request, response)
    if (!this.#isOpen)
      throw new ChangeoverError('not_running', 'the stack is still starting; ask again in a moment')
    if (needed === 'change')
      this.#log(
        'info',
        `control API: ${caller.identity.by} at ${caller.identity.address} asks for ${request.method ?? ''} ${(request.url ?? '').split('?', 1)[0] ?? ''}`,
      )
    return caller
  }

  async #authenticate(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<ControlCaller & { identity: NonNullable<ControlCaller['identity']> }> {
    const address = (request.socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, '')
    const sent = readBearer(request.headers.authorization)
    const token = sent === undefined ? undefined : findToken(this.#tokens, sent)
    if (token !== undefined) {
      this.#strangers.delete(request.socket)
      if (request.method === 'GET') {
        this.#looking.set(response, token)
        response.once('close', () => this.#looking.delete(response))
      }
      return { right: token.right, identity: { by: token.name, address } }
    }
    response.setHeader('www-authenticate', sent === undefined ? 'Bearer' : 'Bearer error="invalid_token"')
    if (sent !== undefined) await this.#delay(address)
    throw new ChangeoverError(
      'not_authenticated',
      sent === undefined
        ? 'the control API needs a token; send the header `Authorization: Bearer TOKEN` with one of control.tokens'
        : 'this token is not, or no longer, one of control.tokens',
    )
  }

  /** Only the wrong token waits, so nobody is locked out; and so few wait that they hold no memory. */
  async #delay(address: string): Promise<void> {
    const { count, delayMs } = this.#failures.fail(address, performance.now())
    // One line for the first, and then for each doubling.
    if ((count & (count - 1)) === 0)
      this.#log('warning', `control API: wrong token from ${address}, ${count} in the last minutes`)
    if (this.#delayed >= maxDelayed)
      throw new ChangeoverError('too_many_attempts', 'too many wrong tokens are sent; send the right one')
    this.#delayed++
    try {
      await sleep(delayMs, undefined, { ref: false })
    } finally {
      this.#delayed--
    }
  }
}

function openServer(tls: TlsMaterial | undefined, listener: RequestListener): Server | TlsServer {
  if (tls === undefined) return createServer(listener)
  return createTlsServer(
    {
      ...tls,
      ...(tls.ca === undefined ? {} : { requestCert: true, rejectUnauthorized: true }),
      handshakeTimeout: clientTimeoutMs,
    },
    listener,
  )
}
