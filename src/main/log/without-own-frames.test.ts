import { expect, test } from 'vitest'

import { withoutOwnFrames } from './without-own-frames.ts'

const own = `    at call (${new URL('../../worker/service/service-host.js', import.meta.url).href}:147:12)`
const others = [own, '    at node:internal/main:1:2', '    at Socket.emit (node:events:524:28)']

test('the frames of the user’s code are left', () => {
  const lines = ['GET /a failed: Error: at node: nothing', '    at Object.handler (/srv/service.ts:5:36)']
  expect(withoutOwnFrames([...lines, ...others].join('\n'))).toBe(lines.join('\n'))
})

test('a fault of the program itself keeps its stack', () => {
  const text = ['Error: out of order', ...others].join('\n')
  expect(withoutOwnFrames(text)).toBe(text)
})
