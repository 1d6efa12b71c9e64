import { expect, test } from 'vitest'

import { findMetricsFaults } from './find-metrics-faults.ts'

const faultsOf = (bind: string, insecure = false): readonly string[] =>
  findMetricsFaults({ metrics: { bind, insecure } }).map(
    ({ keys, message }) => `${keys.join('.')} ${message}`,
  )

test('metrics may be served to this machine, and to others if the configuration says that it is insecure', () => {
  expect(findMetricsFaults({})).toEqual([])
  for (const bind of ['127.0.0.1:9086', 'localhost:9086', '[::1]:0']) expect(faultsOf(bind)).toEqual([])
  for (const bind of ['0.0.0.0:9086', ':9086', '10.0.0.1:9086', '[::]:9086']) {
    expect(faultsOf(bind)).toEqual([expect.stringContaining('metrics.insecure: true')])
    expect(faultsOf(bind, true)).toEqual([])
  }
  for (const bind of ['example.com:9086', '9086', '999.1.1.1:9086'])
    expect(faultsOf(bind, true)).toEqual([expect.stringContaining(`metrics.bind is “${bind}”, which is not`)])
})
