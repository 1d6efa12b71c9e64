import { expect, test } from 'vitest'

import { findHeader } from '../http/index.ts'
import { answerPaused } from './answer-paused.ts'

test.each([
  ['', undefined],
  ['x-changeover-when-paused\n@changeover_backup', '@changeover_backup'],
  // A client's own, through an nginx that passes on what it gets.
  ['x-changeover-when-paused\n@admin', undefined],
  ['x-changeover-when-paused\n/internal/', undefined],
])('a request with %j is refused, and nginx is led to %s', (headers, location) => {
  const answer = answerPaused({ headers })
  expect(answer.status).toBe(503)
  expect(findHeader(answer.headers, 'x-accel-redirect')).toBe(location)
})
