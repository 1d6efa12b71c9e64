import { expect, test } from 'vitest'

import { FailureLog } from './failure-log.ts'

test('a failure is logged with its stack once, and then counted', () => {
  const lines: string[] = []
  const later: (() => void)[] = []
  const ids: (string | undefined)[] = []
  const failures = new FailureLog({
    log: (_level, message, { requestId } = {}) => lines.push(message) && ids.push(requestId),
    after: (work) => later.push(work),
  })
  const error = new Error('no such name')
  for (let i = 0; i < 1_000; i++) failures.failed('POST', `/predict?${i}`, error)
  failures.failed('GET', `/${'x'.repeat(16_000)}`, 'a text', 'id-1')
  expect(lines).toHaveLength(2)
  expect(lines[0]).toBe(`POST /predict?0 failed: ${error.stack ?? ''}`)
  expect(lines[1]?.length).toBeLessThan(300)
  expect(ids).toEqual([undefined, 'id-1'])
  for (const work of later.splice(0)) work()
  expect(lines.slice(2)).toEqual(['999 more requests failed in 10 s: Error: no such name'])
  failures.failed('POST', '/predict', error)
  expect(lines[3]).toContain('POST /predict failed: Error: no such name')
})

test('errors that are all different do not fill the log', () => {
  const lines: string[] = []
  const failures = new FailureLog({ log: (_level, message) => lines.push(message), after: () => undefined })
  for (let i = 0; i < 10_000; i++) failures.failed('GET', '/', new Error(`unique ${i}`))
  expect(lines.length).toBeLessThanOrEqual(101)
})
