import { promisify } from 'node:util'
import type { InputType, ZlibOptions } from 'node:zlib'
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib'

import { ChangeoverError, toMessage } from '../../contracts/index.ts'

type Decode = (body: InputType, options: ZlibOptions) => Promise<Buffer>

const decoders = new Map<string, Decode>([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['br', promisify(brotliDecompress)],
  ['deflate', inflateEither],
])

/** `deflate` is the zlib format (RFC 9110, 8.4.1.2), but some clients send the bare one. */
async function inflateEither(body: InputType, options: ZlibOptions): Promise<Buffer> {
  try {
    return await promisify(inflate)(body, options)
  } catch (error) {
    if (isTooLarge(error)) throw error
    return promisify(inflateRaw)(body, options)
  }
}

/** Whether a body is not sent as it is; `encoding` is the value of its header content-encoding. */
export function isEncoded(encoding: string | undefined): encoding is string {
  return encoding !== undefined && !/^\s*(identity)?\s*$/i.test(encoding)
}

/**
 * The body that a client has encoded with gzip, deflate or br; outside the event loop, and never more than `limitBytes` of it.
 * Throws `media_type_unsupported` for another encoding or several, `body_too_large`, and `bad_request` for what it is not.
 */
export async function decodeBody(body: Buffer, encoding: string, limitBytes: number): Promise<Buffer> {
  const decode = decoders.get(encoding.trim().toLowerCase())
  if (decode === undefined)
    throw new ChangeoverError(
      'media_type_unsupported',
      `the content-encoding ${encoding} is not taken; send gzip, deflate or br, or the body as it is`,
    )
  try {
    return await decode(body, { maxOutputLength: Math.max(1, limitBytes) })
  } catch (error) {
    if (isTooLarge(error))
      throw new ChangeoverError(
        'body_too_large',
        `the body has more than ${limitBytes} bytes when it is decoded; send less, or raise bodyLimitBytes`,
      )
    const why = toMessage(error)
    throw new ChangeoverError('bad_request', `the body is not ${encoding}: ${why}`, { cause: error })
  }
}

function isTooLarge(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
}
