import { expect, test } from 'vitest'

import { showControls, showControlsByLine } from './show-controls.ts'

test('what moves, colours or turns text is shown, and nothing else is changed', () => {
  expect(showControls('GET /a\n[2026-11-26] [INFO] forged\r\t\u001b[2J\u009b1m\u202e\u2028\u0000')).toBe(
    'GET /a\\n[2026-11-26] [INFO] forged\\r\\t\\x1b[2J\\x9b1m\\u202e\\u2028\\x00',
  )
  expect(showControls('您贵姓 “é” \\n 🙂')).toBe('您贵姓 “é” \\n 🙂')
  expect(showControlsByLine('one\n\u001b]0;two\u0007')).toBe('one\n\\x1b]0;two\\x07')
})
