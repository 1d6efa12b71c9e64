import { describe, expect, test } from 'vitest'

import { judgeCost } from './cost.ts'
import { forecastMemory } from './memory-forecast.ts'

const mebibyte = 1 << 20
const forecast = forecastMemory({ compiledBytes: mebibyte, copies: 1, mappedBytes: 0 }, [])
const limits = { maxSlowdown: 10 }

describe('the cost', () => {
  test('of a version a hundred times slower is too much; a little slower is not', () => {
    const slow = judgeCost({ after: [200, 210, 190], before: [2, 2, 2] }, mebibyte, forecast, limits)
    expect(slow).toMatchObject({
      outcome: 'failed',
      sentence: '200.0 µs a prediction, 100 times that of the active version, and 10 times are allowed',
    })
    expect(judgeCost({ after: [4], before: [2] }, mebibyte, forecast, limits)).toMatchObject({
      outcome: 'passed',
      sentence: expect.stringMatching(/^4\.0 µs a prediction, 2\.0 times/) as string,
    })
  })

  test('is taken pair by pair, so that a moment in which all is slow does not count', () => {
    const verdict = judgeCost(
      { after: [4, 400, 4, 4, 900], before: [2, 200, 2, 2, 2] },
      mebibyte,
      forecast,
      limits,
    )
    expect(verdict).toMatchObject({ outcome: 'passed', figures: { slowdown: 2, microseconds: 4 } })
  })

  test('has a budget of time and of memory', () => {
    const budget = { ...limits, maxMicroseconds: 50, maxMemoryBytes: mebibyte }
    const verdict = judgeCost({ after: [2_000], before: null }, 2 * mebibyte, forecast, budget)
    expect(verdict).toMatchObject({
      outcome: 'failed',
      sentence: '2.0 ms a prediction, and 50.0 µs are allowed; 2.0 MiB compiled, and 1.0 MiB are allowed',
    })
  })
})

describe('the forecast of memory', () => {
  const need = { compiledBytes: 800 * mebibyte, copies: 1, mappedBytes: 200 * mebibyte }

  test('looks at the narrowest limit, and counts what is mapped and must stay', () => {
    const limit = (megabytes: number) => [
      { of: 'the machine', leftBytes: 4_096 * mebibyte },
      { of: 'the control group /web', leftBytes: megabytes * mebibyte },
    ]
    expect(forecastMemory(need, limit(999))).toEqual({
      fits: false,
      neededBytes: 1_000 * mebibyte,
      leftBytes: 999 * mebibyte,
      sentence:
        'needs 800.0 MiB of memory beside the 200.0 MiB that serve; the control group /web has 999.0 MiB left',
    })
    expect(forecastMemory(need, limit(1_000)).fits).toBe(true)
  })

  test('counts a copy for each process where they share none', () => {
    expect(forecastMemory({ compiledBytes: mebibyte, copies: 4, mappedBytes: 0 }, [])).toMatchObject({
      fits: true,
      neededBytes: 4 * mebibyte,
      sentence: 'needs 4.0 MiB of memory, 4 times 1.0 MiB; how much is left is not known',
    })
  })

  test('that does not fit fails the gate', () => {
    const tight = forecastMemory(need, [{ of: 'the machine', leftBytes: mebibyte }])
    expect(judgeCost({ after: [1], before: [1] }, mebibyte, tight, limits)).toMatchObject({
      outcome: 'failed',
      sentence: tight.sentence,
    })
  })

  test('of a long text is said, and stops a version whose workers would not have the memory for one', () => {
    const left = { of: 'the machine', leftBytes: 1_001 * mebibyte }
    const enough = forecastMemory({ compiledBytes: mebibyte, copies: 1, mappedBytes: 0 }, [left])
    const longText = { characters: 100_000, microseconds: 85_000, grewBytes: 181 * mebibyte, processes: 4 }
    const times = { after: [4], before: null }
    expect(judgeCost(times, mebibyte, enough, limits, longText)).toMatchObject({
      outcome: 'passed',
      sentence: expect.stringMatching(
        /^4\.0 µs a prediction; 85\.0 ms and 181\.0 MiB for a text of 100,000 characters; needs/,
      ) as string,
    })
    expect(judgeCost(times, mebibyte, enough, limits, { ...longText, processes: 8 })).toMatchObject({
      outcome: 'failed',
      sentence:
        'a text of 100,000 characters takes 181.0 MiB in each of 8 workers, and 1000.0 MiB will be left; train with fewer wordNgrams',
    })
  })
})
