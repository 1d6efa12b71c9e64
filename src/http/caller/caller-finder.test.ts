import { expect, test } from 'vitest'

import { joinHeaders } from '../request/header-block.ts'
import type { CallerFinderOptions } from './caller-finder.ts'
import { CallerFinder } from './caller-finder.ts'

const trustedProxies = ['10.0.0.0/8', '192.0.2.7', 'fd00::/8', '2001:db8::7']

function find(
  peer: string | undefined,
  headers: readonly string[],
  options: CallerFinderOptions & { readonly isUnixSocket?: boolean } = { trustedProxies },
) {
  const finder = new CallerFinder(options)
  const { address, scheme } = finder.find(
    joinHeaders(headers),
    finder.peerAt(peer, options.isUnixSocket === true),
  )
  return { address, scheme }
}
const chain = (...entries: string[]): string[] => entries.flatMap((entry) => ['x-forwarded-for', entry])
const lies = ['x-real-ip', '6.6.6.6', ...chain('6.6.6.6'), 'x-forwarded-proto', 'https']

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['11.0.0.1', '11.0.0.1'],
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8::8', '2001:db8::8'],
  ['fe80::1%eth0', 'fe80::1%eth0'],
  [undefined, 'unknown'],
])('what a client at %s says about itself is not taken', (peer, address) => {
  expect(find(peer, lies)).toEqual({ address, scheme: undefined })
  expect(find(peer, lies, {})).toEqual({ address, scheme: undefined })
})

test.each(['10.1.2.3', '::ffff:10.1.2.3', '192.0.2.7', 'fd00::1', '2001:db8::7', 'fd12::1%eth0'])(
  'a proxy at %s is believed',
  (peer) => {
    expect(find(peer, lies)).toEqual({ address: '6.6.6.6', scheme: 'https' })
    expect(find(peer, ['x-real-ip', '6.6.6.6'])).toEqual({ address: '6.6.6.6', scheme: undefined })
    expect(find(peer, ['x-forwarded-proto', 'HTTP']).scheme).toBe('http')
  },
)

test.each([
  ['the last that is not trusted', ['1.1.1.1, 2.2.2.2, 10.9.9.9'], '2.2.2.2'],
  ['over several headers', ['1.1.1.1', '2.2.2.2, 10.9.9.9', '10.8.8.8'], '2.2.2.2'],
  ['the first, if all are trusted', ['10.7.7.7, 10.8.8.8'], '10.7.7.7'],
  ['with ports', ['1.1.1.1, 2.2.2.2:443, 10.9.9.9:80'], '2.2.2.2'],
  ['IPv6', ['1.1.1.1, 2001:db8::9, fd00::9'], '2001:db8::9'],
  ['IPv6 in brackets', ['[2001:db8::9], [fd00::9]'], '2001:db8::9'],
  ['IPv6 in brackets with ports', ['[2001:db8::9]:443, [fd00::9]:80'], '2001:db8::9'],
  ['IPv4 in IPv6', ['1.1.1.1, ::ffff:2.2.2.2, ::ffff:10.0.0.1'], '2.2.2.2'],
  ['no spaces, empty entries', ['1.1.1.1,2.2.2.2,, ,10.9.9.9,'], '2.2.2.2'],
])('the client is %s', (_what, entries, address) => {
  expect(find('10.0.0.1', chain(...entries)).address).toBe(address)
})

test.each([
  ['unknown'],
  ['_hidden'],
  ['1.1.1'],
  ['1.1.1.1.1'],
  ['1.1.1.256'],
  ['[1.1.1.1]'],
  ['2001:db8::9%eth0'],
  ['1.1.1.1 2.2.2.2'],
  ['"1.1.1.1"'],
  ['for=1.1.1.1'],
  ['1'.repeat(5_000)],
  ['[' + ':'.repeat(5_000)],
])('%s is no client: the proxy that wrote it is', (entry) => {
  expect(find('10.0.0.1', chain(`1.1.1.1, ${entry}`)).address).toBe('10.0.0.1')
  expect(find('10.0.0.1', chain(`1.1.1.1, ${entry}, 10.9.9.9`)).address).toBe('10.9.9.9')
  expect(find('10.0.0.1', ['x-real-ip', entry]).address).toBe('10.0.0.1')
})

test.each([
  ['two schemes', ['x-forwarded-proto', 'https, http']],
  ['another', ['x-forwarded-proto', 'javascript']],
])('%s are none', (_what, headers) => {
  expect(find('10.0.0.1', headers).scheme).toBeUndefined()
})

test('two x-real-ip are none, and it does not count beside a chain', () => {
  expect(find('10.0.0.1', ['x-real-ip', '1.1.1.1', 'x-real-ip', '2.2.2.2']).address).toBe('10.0.0.1')
  expect(find('10.0.0.1', ['x-real-ip', '1.1.1.1', ...chain('2.2.2.2')]).address).toBe('2.2.2.2')
})

test('a list is read as far as there can be proxies, and no further', () => {
  const behind = (count: number): string =>
    find('10.0.0.1', chain(`1.1.1.1,${'10.0.0.2,'.repeat(count)}`)).address
  expect(behind(60)).toBe('1.1.1.1')
  expect(behind(1_800)).toBe('10.0.0.2')
})

test('a Unix socket is trusted if that is said, and a client that has left is not taken for one', () => {
  expect(find(undefined, lies, { trustedProxies: ['unix:'], isUnixSocket: true }).address).toBe('6.6.6.6')
  expect(find(undefined, lies, { trustedProxies: ['unix:'] }).address).toBe('unknown')
  expect(find(undefined, lies, { trustedProxies, isUnixSocket: true }).address).toBe('unknown')
})

test('an instance’s port believes the gateway on its machine, and its x-real-ip before all', () => {
  const options = { trustsThisMachine: true }
  const said = ['x-real-ip', '1.1.1.1', ...chain('6.6.6.6')]
  for (const peer of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])
    expect(find(peer, said, options).address).toBe('1.1.1.1')
  expect(find(undefined, said, { ...options, isUnixSocket: true }).address).toBe('1.1.1.1')
  expect(find('127.0.0.1', chain('1.1.1.1, 2.2.2.2'), options).address).toBe('2.2.2.2')
  expect(find('127.0.0.1', [], options).address).toBe('127.0.0.1')
  for (const peer of ['10.0.0.9', '12.7.0.1', '::2', undefined])
    expect(find(peer, said, options).address).toBe(peer ?? 'unknown')
})

test('a network of all addresses of its kind', () => {
  expect(find('8.8.8.8', chain('1.1.1.1'), { trustedProxies: ['0.0.0.0/0'] }).address).toBe('1.1.1.1')
  expect(find('2001:db8::1', chain('1.1.1.1'), { trustedProxies: ['0.0.0.0/0'] }).address).toBe('2001:db8::1')
  expect(find('2001:db8::1', chain('1.1.1.1'), { trustedProxies: ['::/0'] }).address).toBe('1.1.1.1')
})

test('at a port with TLS the scheme is https, unless a trusted proxy says which it was asked by', () => {
  const options = { trustedProxies, isEncrypted: true }
  expect(find('192.0.2.1', [], options).scheme).toBe('https')
  expect(find('192.0.2.1', ['x-forwarded-proto', 'http'], options).scheme).toBe('https')
  expect(find('10.0.0.1', ['x-forwarded-proto', 'http'], options).scheme).toBe('http')
  expect(find('10.0.0.1', [], options).scheme).toBe('https')
  expect(find('192.0.2.1', [], { trustedProxies }).scheme).toBeUndefined()
})
