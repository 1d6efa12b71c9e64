import { promisify } from 'node:util'
import type { InputType, ZlibOptions } from 'node:zlib'
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib'

import { ChangeoverError, toMessage } from '../../contracts/index.ts'
import type { HeaderBlock } from './header-block.ts'
import { findHeader, findHeaders } from './header-block.ts'

/** What the functions of node:zlib give with the option `info`; the engine has counted the bytes that it has used. */
type Decoded = { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } }
type Decode = (body: InputType, options: ZlibOptions) => Promise<Decoded>

const decoders = new Map<string, Decode>([
  ['gzip', withInfo(promisify(gunzip))],
  ['x-gzip', withInfo(promisify(gunzip))],
  ['br', withInfo(promisify(brotliDecompress))],
  ['deflate', inflateEither],
])

/** Nobody encodes a body more often, and each time costs as much as a whole body. */
const maxEncodings = 3

function withInfo(decode: (body: InputType, options: ZlibOptions) => Promise<Buffer>): Decode {
  return async (body, options) => (await decode(body, { ...options, info: true })) as unknown as Decoded
}

/** `deflate` is the zlib format (RFC 9110, 8.4.1.2), but some clients send the bare one. */
async function inflateEither(body: InputType, options: ZlibOptions): Promise<Decoded> {
  try {
    return await withInfo(promisify(inflate))(body, options)
  } catch (error) {
    if (isTooLarge(error)) throw error
    return withInfo(promisify(inflateRaw))(body, options)
  }
}

/** How a body is encoded, as its headers content-encoding have it; undefined if it is sent as it is. */
export function findEncoding(headers: HeaderBlock): string | undefined {
  if (findHeader(headers, 'content-encoding') === undefined) return undefined
  const encoding = findHeaders(headers, 'content-encoding').join(', ')
  return splitNames(encoding).length === 0 ? undefined : encoding
}

/** They are named in the order in which they were applied (RFC 9110, 8.4). */
function splitNames(encoding: string): string[] {
  return encoding
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity')
}

/**
 * The body that a client has encoded with gzip, deflate or br, or several of them in turn; outside the event loop, and never more
 * than `limitBytes` of it. Throws `media_type_unsupported` for another encoding, `body_too_large`, and `bad_request` for what it is not.
 */
export async function decodeBody(body: Buffer, encoding: string, limitBytes: number): Promise<Buffer> {
  const names = splitNames(encoding)
  const known = names.flatMap((name) => {
    const decode = decoders.get(name)
    return decode === undefined ? [] : [{ name, decode }]
  })
  if (known.length < names.length || names.length > maxEncodings)
    throw new ChangeoverError(
      'media_type_unsupported',
      `the content-encoding ${encoding.slice(0, 100)} is not taken; send gzip, deflate or br, or the body as it is`,
    )
  let decoded = body
  for (const { name, decode } of known.toReversed())
    decoded = await decodeOnce(decoded, { name, decode, limitBytes })
  return decoded
}

async function decodeOnce(
  body: Buffer,
  {
    name,
    decode,
    limitBytes,
  }: { readonly name: string; readonly decode: Decode; readonly limitBytes: number },
): Promise<Buffer> {
  const { buffer, engine } = await decode(body, { maxOutputLength: Math.max(1, limitBytes) }).catch(
    (error: unknown) => {
      throw isTooLarge(error) ? tooLarge(limitBytes) : notEncoded(name, toMessage(error), error)
    },
  )
  // The libraries ignore what follows, but for another part of gzip.
  const restBytes = body.length - engine.bytesWritten
  if (restBytes > 0) throw notEncoded(name, `${restBytes} bytes follow its end`)
  return buffer
}

function tooLarge(limitBytes: number): ChangeoverError {
  return new ChangeoverError(
    'body_too_large',
    `the body has more than ${limitBytes} bytes when it is decoded; send less, or raise bodyLimitBytes`,
  )
}

function notEncoded(name: string, why: string, cause?: unknown): ChangeoverError {
  return new ChangeoverError('bad_request', `the body is not ${name}: ${why}`, { cause })
}

function isTooLarge(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
}
