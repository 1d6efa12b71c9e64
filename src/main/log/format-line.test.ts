import { expect, test } from 'vitest'

import type { Line } from './format-line.ts'
import { escapeControls, formatJournalLine, formatTextLine } from './format-line.ts'

const line: Line = {
  level: 'warning',
  message: 'it is\nlate',
  process: 'primary 0',
  pid: 4711,
  nowMs: Date.UTC(2026, 10, 23, 8, 0, 0, 5),
}
const text = '[2026-11-23 08:00:00 +0000] [4711] [WARNING] primary 0: it is\\nlate'

test('a line as gunicorn writes it', () => {
  expect(formatTextLine(line)).toBe(`${text}\n`)
  expect(formatTextLine({ ...line, requestId: 'a-1' })).toBe(`${text} (request a-1)\n`)
  expect(formatTextLine({ ...line, process: undefined, show: (message) => message })).toContain(
    '[WARNING] it is\nlate\n',
  )
  expect(formatTextLine({ ...line, requestId: 'a-1', show: (message) => message })).toContain(
    'primary 0: it is (request a-1)\nlate\n',
  )
})

test('systemd’s journal reads the priority', () => {
  const prefixes = (['debug', 'info', 'warning', 'error'] as const).map((level) =>
    formatJournalLine({ ...line, level }).slice(0, 4),
  )
  expect(prefixes).toEqual(['<7>[', '<6>[', '<4>[', '<3>['])
})

test('JSON says the same to a program, and nothing to a terminal', () => {
  const value = { msg: 'a\u001b[2J\u009b2J\u202eb\u2028' }
  const escaped = escapeControls(JSON.stringify(value))
  expect(escaped).toBe('{"msg":"a\\u001b[2J\\u009b2J\\u202eb\\u2028"}')
  expect(JSON.parse(escaped)).toEqual(value)
})
