import { expect, test } from 'vitest'

import { TrafficMeter } from './traffic-meter.ts'

function answer(meter: TrafficMeter, fromMs: number, toMs: number): void {
  meter.accepted(fromMs)
  meter.answered(toMs, toMs - fromMs)
}

test('a window has what came since the last one', () => {
  const meter = new TrafficMeter()
  answer(meter, 0, 10)
  meter.accepted(11)
  meter.refused(12)
  meter.accepted(13)
  meter.lost(14)
  expect(meter.takeWindow()).toMatchObject({
    accepted: 3,
    answered: 1,
    refused: 1,
    lost: 1,
    longestGapMs: 10,
  })
  expect(meter.takeWindow()).toEqual({
    accepted: 0,
    answered: 0,
    refused: 0,
    lost: 0,
    longestGapMs: null,
    p50Ms: null,
    p99Ms: null,
  })
})

test('the gap is the longest time in which requests waited and none was answered; silence without requests is none', () => {
  const meter = new TrafficMeter()
  answer(meter, 0, 5)
  answer(meter, 10_000, 10_003)
  expect(meter.takeWindow().longestGapMs).toBe(5)
  meter.accepted(20_000)
  meter.accepted(20_010)
  meter.answered(20_015, 15)
  meter.answered(20_055, 45)
  expect(meter.takeWindow().longestGapMs).toBe(40)
})

test('recent figures grow old after ten seconds, the latest after two', () => {
  const meter = new TrafficMeter()
  answer(meter, 500, 600)
  answer(meter, 5_000, 5_001)
  expect(meter.recent(5_500)).toMatchObject({ answered: 2 })
  expect(meter.latest(5_500).p99Ms).toBeLessThan(1.1)
  expect(meter.recent(10_500)).toMatchObject({ answered: 1 })
  expect(meter.latest(10_500)).toEqual({ p50Ms: null, p99Ms: null })
  expect(meter.recent(60_000)).toMatchObject({ answered: 0 })
})

test('taking a window takes nothing from the recent figures', () => {
  const meter = new TrafficMeter()
  answer(meter, 100, 101)
  meter.takeWindow()
  expect(meter.recent(200).answered).toBe(1)
})
