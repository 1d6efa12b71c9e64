import { expect, test } from 'vitest'

import { logLevel } from './log-level.ts'

test('a level is taken in any case, and gunicorn’s highest is ours', () => {
  expect(['debug', 'Info', 'WARNING', 'error', 'critical'].map(logLevel('--log-level'))).toEqual([
    'debug',
    'info',
    'warning',
    'error',
    'error',
  ])
})

test('another one is refused with those that there are', () => {
  expect(() => logLevel('--log-level')('trace')).toThrow(
    '--log-level is one of debug, info, warning, error, not “trace”',
  )
})
