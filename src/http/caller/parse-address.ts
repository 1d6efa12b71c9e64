import { isIP } from 'node:net'

/** `[2001:db8::1]:443`, `[2001:db8::1]`, `192.0.2.1:443`. */
const withPort = /^(?:\[(?<v6>[^\]]+)\](?::\d{1,5})?|(?<v4>[\d.]+):\d{1,5})$/
const maxLength = 60

/** The address that a proxy has written, with a port or without, as `plainAddress` has it; undefined if it is none, such as `unknown`. */
export function parseAddress(text: string): string | undefined {
  if (text.length > maxLength) return undefined
  const groups = withPort.exec(text)?.groups
  const address = groups?.['v6'] ?? groups?.['v4'] ?? text
  const isAddress = groups?.['v6'] === undefined ? isIP(address) !== 0 : isIP(address) === 6
  // A zone is of a network interface of another machine.
  return isAddress && !address.includes('%') ? plainAddress(address) : undefined
}

/** An IPv4 address as people write it, also if an IPv6 socket has it. */
export function plainAddress(address: string): string {
  return /^::ffff:[\d.]+$/i.test(address) ? address.slice('::ffff:'.length) : address
}
