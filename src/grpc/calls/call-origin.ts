import type { Metadata } from '@grpc/grpc-js'

import type { Caller, CallerFinder, Peer } from '../../http/index.ts'
import { identifyRequest, joinHeaders } from '../../http/index.ts'

/** Who has sent a call, and its headers as the request over REST has them. */
export type CallOrigin = {
  /** Names and values in turn. */
  readonly headers: readonly string[]
  readonly id: string
  readonly caller: Caller
}

/** Headers that say how the message of the call was sent, or that only gRPC has. */
const ofTheCall = /^(grpc-.*|content-.*|transfer-encoding|inference-header-content-length|expect|host|te)$/

/** Reads a call's metadata, which are the headers of a request, as an HTTP port reads those. */
export function findOrigin(metadata: Metadata, callers: CallerFinder, peer: Peer): CallOrigin {
  const headers = callHeaders(metadata)
  const block = joinHeaders(headers)
  return { headers, id: identifyRequest(block), caller: callers.find(block, peer) }
}

function callHeaders(metadata: Metadata): string[] {
  return Object.keys(metadata.getMap()).flatMap((name) => {
    const values = metadata.get(name).filter((value) => typeof value === 'string')
    const value = values.join(', ')
    return values.length === 0 || ofTheCall.test(name) || value.includes('\n') ? [] : [name, value]
  })
}
