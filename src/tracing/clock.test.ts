import { expect, test } from 'vitest'

import { Clock } from './clock.ts'

function createScene() {
  const time = { steadyMs: 0, differenceMs: 1_795_000_000_000.4 }
  const clock = new Clock({
    steadyMs: () => time.steadyMs,
    wallMs: () => Math.floor(time.steadyMs + time.differenceMs),
  })
  const pass = (): number => {
    time.steadyMs += 7.13
    return clock.offsetMs()
  }
  return { time, pass }
}

test('the difference becomes exact to a fraction of a millisecond', () => {
  const { time, pass } = createScene()
  for (let i = 0; i < 200; i++) expect(Math.abs(pass() - time.differenceMs)).toBeLessThanOrEqual(1)
  expect(Math.abs(pass() - time.differenceMs)).toBeLessThan(0.05)
})

test('a clock that is set forward or back is followed at once', () => {
  const { time, pass } = createScene()
  for (const jumpMs of [3_600_000, -7_200_000, -10]) {
    for (let i = 0; i < 50; i++) pass()
    time.differenceMs += jumpMs
    expect(Math.abs(pass() - time.differenceMs)).toBeLessThanOrEqual(1)
  }
})
