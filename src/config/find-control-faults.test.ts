import { expect, test } from 'vitest'

import { findControlFaults } from './find-control-faults.ts'
import type { Config } from './schema/index.ts'

const tls = { certificate: '/c', key: '/k' }
const faultsOf = (control: object | undefined, gateway: object = { kind: 'own' }): string =>
  findControlFaults({ control, gateway } as Pick<Config, 'control' | 'gateway'>)
    .map(({ keys, message }) => `${keys.join('.')} ${message}`)
    .join('\n')

test.each([
  undefined,
  { bind: '127.0.0.1:8087' },
  { bind: '[::1]:8087' },
  { bind: 'localhost:8087' },
  { bind: '0.0.0.0:8087', tls },
  { bind: '10.0.0.7:8087', insecure: true },
])('%o is right', (control) => {
  expect(faultsOf(control)).toBe('')
})

test.each(['0.0.0.0:8087', ':8087', '[::]:8087', '10.0.0.7:8087', '[::ffff:127.0.0.1]:8087'])(
  '%s, which other machines may reach, needs TLS or a word',
  (bind) => {
    expect(faultsOf({ bind })).toMatch(/^control\.bind is .* set control\.tls, bind 127\.0\.0\.1, or say/)
  },
)

test.each(['unix:/run/x', 'models.example:8087', '127.0.0.1', '127.1:8087', '[::zz]:1', '300.0.0.1:1'])(
  '%s is refused',
  (bind) => {
    expect(faultsOf({ bind, insecure: true })).toContain('write it as 127.0.0.1:8087')
  },
)

test('nginx in the gateway’s place has no TLS', () => {
  expect(faultsOf(undefined, { kind: 'nginx', tls })).toContain(
    'gateway.tls works only with gateway.kind own',
  )
})
