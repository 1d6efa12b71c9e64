import { expect, test } from 'vitest'

import type { LabelCounts } from '../../gates/judge/index.ts'
import { largestShifts } from './largest-shifts.ts'

const counts = (label: string, lost: number, gained: number): LabelCounts => ({
  label,
  examples: 10,
  rightBefore: lost,
  rightAfter: gained,
  lost,
  gained,
  chance: 1,
})

test('all labels in their order where that many are shown, else those that change most', () => {
  const labels = [counts('a', 0, 1), counts('b', 3, 3), counts('c', 0, 0), counts('d', 4, 0)]
  expect(largestShifts(labels, 4)).toEqual(labels)
  expect(largestShifts(labels, 2).map(({ label }) => label)).toEqual(['b', 'd'])
})
