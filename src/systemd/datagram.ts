import { ChangeoverError } from '../contracts/index.ts'

/** Sends one message; throws if it is not received. */
export type SendDatagram = (text: string) => void

const unixFamily = 1
const datagramType = 2
const closeOnExec = 0o2000000
const dontWait = 0x40
const noSignal = 0x4000
const addressBytes = 108

/**
 * Opens a Unix datagram socket to an address: a path, or an abstract name after `@`. Node has none of its own; these are the calls of
 * the C library (docs/adr/0022). Throws `start_failed` if koffi is missing or the address is not valid.
 */
export async function openDatagram(address: string): Promise<SendDatagram> {
  const name = encodeAddress(address)
  const loaded = await import('koffi').catch(() => undefined)
  if (loaded === undefined)
    throw new ChangeoverError(
      'start_failed',
      'NOTIFY_SOCKET is set, and the package koffi is missing, which is needed to answer it; `npm install koffi`, or use Type=exec in the unit',
    )
  const koffi = loaded.default
  const library = koffi.load(null)
  const socket = library.func('int socket(int, int, int)') as (...args: number[]) => number
  const sendTo = library.func('long sendto(int, const void*, size_t, int, const void*, uint32_t)') as (
    fd: number,
    message: Buffer,
    sizeBytes: number,
    flags: number,
    address: Buffer,
    addressSizeBytes: number,
  ) => number
  const fd = socket(unixFamily, datagramType | closeOnExec, 0)
  if (fd < 0) throw new ChangeoverError('start_failed', `socket() failed with errno ${koffi.errno()}`)
  return (text) => {
    const message = Buffer.from(text)
    if (sendTo(fd, message, message.length, dontWait | noSignal, name, name.length) < 0)
      throw new ChangeoverError(
        'internal',
        `the service manager at ${address} took no message: errno ${koffi.errno()}`,
      )
  }
}

/** A `sockaddr_un`: the family in the machine's order of bytes, and the path with a zero after it, or a zero before an abstract name. */
export function encodeAddress(address: string): Buffer {
  const isAbstract = address.startsWith('@')
  const path = isAbstract ? `\0${address.slice(1)}` : `${address}\0`
  if ((!isAbstract && !address.startsWith('/')) || Buffer.byteLength(path) > addressBytes)
    throw new ChangeoverError(
      'start_failed',
      `NOTIFY_SOCKET is “${address}”, which is neither a path nor an abstract name of ${addressBytes - 1} bytes at most`,
    )
  const family = Buffer.from(new Uint8Array(new Uint16Array([unixFamily]).buffer))
  return Buffer.concat([family, Buffer.from(path)])
}
