import { expect, test } from 'vitest'

import { findGatewayFaults } from './find-gateway-faults.ts'
import type { Config } from './schema/index.ts'

const faultsOf = (gateway: {
  readonly trustedProxies?: readonly string[]
  readonly origins?: readonly string[]
  readonly headers?: readonly string[]
}): string[] => {
  const { trustedProxies = [], origins = ['*'], headers = [] } = gateway
  const config = { gateway: { trustedProxies, cors: { origins, headers, maxAgeSeconds: 1 } } }
  return findGatewayFaults(config as unknown as Config).map(
    ({ keys, message }) => `${keys.join('.')} ${message}`,
  )
}

test('what may be trusted', () => {
  const trustedProxies = [
    ...['10.0.0.0/8', '192.0.2.7', '192.0.2.7/32', '0.0.0.0/0', 'unix:'],
    ...['::1', '2001:db8::/32', 'fd00::/8', '::/0', '2001:DB8::7/128'],
  ]
  expect(faultsOf({ trustedProxies })).toEqual([])
})

test.each([
  ['10.0.0/8', /not an address or a network/],
  ['10.0.0.0/33', /has only 32 bits/],
  ['fd00::/129', /has only 128 bits/],
  ['10.0.0.0/', /not an address/],
  ['10.0.0.0/8/8', /not an address/],
  ['10.0.0.0/-1', /not an address/],
  ['proxy.example', /not an address/],
  ['[::1]', /not an address/],
  ['fe80::1%eth0', /not an address/],
  ['::ffff:10.0.0.1', /without ::ffff:/],
  ['', /not an address/],
  ['10.0.0.1; return 200', /not an address/],
])('%s may not', (network, message) => {
  expect(faultsOf({ trustedProxies: ['10.0.0.1', network] })).toEqual([
    expect.stringMatching(new RegExp(`^gateway\\.trustedProxies\\.1 is “.*${message.source}`, 's')),
  ])
})

test('origins as browsers send them', () => {
  const origins = [
    ...['https://shop.example', 'http://localhost:3000', 'http://[::1]:8080', 'http://192.0.2.7'],
    ...['https://xn--fsqu00a.example', 'capacitor://localhost', 'chrome-extension://abcdefghij'],
  ]
  expect(faultsOf({ origins })).toEqual([])
  expect(faultsOf({ origins: ['*'] })).toEqual([])
})

test.each([
  ['https://shop.example/', /write https:\/\/shop\.example$/],
  ['https://Shop.example', /write https:\/\/shop\.example$/],
  ['https://shop.example:443', /write https:\/\/shop\.example$/],
  ['http://shop.example/page?a', /write http:\/\/shop\.example$/],
  ['https://例.example', /write https:\/\/xn--\S+\.example$/],
  ['shop.example', /write scheme, host and port/],
  ['null', /write scheme, host and port/],
  ['https://*.shop.example', /write /],
  ['https://a$b.example', /write scheme, host and port/],
  ['', /write scheme, host and port/],
])('“%s” is not one', (origin, message) => {
  expect(faultsOf({ origins: [origin] })).toEqual([expect.stringMatching(message)])
})

test('* is alone, and headers have names', () => {
  expect(faultsOf({ origins: ['https://shop.example', '*'] })).toEqual([
    expect.stringMatching(/^gateway\.cors\.origins has \* beside others/),
  ])
  expect(faultsOf({ headers: ['X-Own_1', '*', 'a b', 'a$b'] })).toEqual([
    expect.stringMatching(/^gateway\.cors\.headers\.1 is “\*”/),
    expect.stringMatching(/headers\.2 is “a b”/),
    expect.stringMatching(/headers\.3 is “a\$b”/),
  ])
})
