import { describe, expect, test } from 'vitest'

import type { GatewayStatus, LabelTally, LatestAnswers } from '../contracts/index.ts'
import type { BakeOptions } from './bake.ts'
import { bake, BakeFailure, noAnswers, observeBefore } from './bake.ts'

const rollout = {
  bakeMs: 1_000,
  stepTimeoutMs: 1_000,
  maxErrorRate: 0.01,
  maxSlowdown: 5,
  maxShift: 0.25,
  p99BudgetMs: 50,
}
const usual = {
  answered: 1_000,
  failed: 0,
  p99Ms: 5,
  labels: { isShared: false, counts: [[1, 1_000]] as const },
}

type Seen = {
  readonly pid: number
  readonly answered: number
  readonly failed?: number
  readonly latest?: LatestAnswers
}

const statusOf = ({ pid, answered, failed = 0, ...rest }: Seen): GatewayStatus => {
  const latest = 'latest' in rest ? rest.latest : { answered, failed, p99Ms: 5 }
  const traffic = { paused: false, readyWorkers: 1, inFlight: 0, answered, failed, latest }
  return { pid, instances: { primary: traffic, backup: traffic } } as unknown as GatewayStatus
}

/** Watches with a clock of its own, which goes on by 400 ms with each look; each look sees the next status, undefined for none. */
function watch(
  looks: readonly (Seen | undefined)[],
  options: Partial<BakeOptions> = {},
  tallies: readonly (LabelTally | null)[] = [{ version: '2', isShared: false, counts: [[1, 900]] }],
) {
  let look = 0
  return bake(
    'primary',
    usual,
    {
      target: { model: 'm', version: '2' },
      config: { rollout },
      isWayBack: false,
      force: false,
      gatewayStatus: () => {
        const seen = looks[Math.min(look++, looks.length - 1)]
        return seen === undefined ? Promise.reject(new Error('it is gone')) : Promise.resolve(statusOf(seen))
      },
      labelTallies: () => Promise.resolve(tallies),
      nowMs: () => look * 400,
      ...options,
    },
    new AbortController().signal,
  )
}

describe('a bake', () => {
  test('counts what is answered from its begin on, and ends by the clock that it is given', async () => {
    const report = await watch([
      { pid: 1, answered: 5_000, failed: 7 },
      { pid: 1, answered: 5_100, failed: 7 },
      { pid: 1, answered: 5_900, failed: 8 },
    ])
    expect(report).toMatchObject({ answered: 900, failed: 1 })
    expect(report.checks.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'passed'])
  })

  test('goes on with the next gateway, which counts from zero', async () => {
    const report = await watch([
      { pid: 1, answered: 5_000 },
      { pid: 1, answered: 5_100, failed: 1 },
      undefined,
      { pid: 2, answered: 30 },
    ])
    expect(report).toMatchObject({ answered: 130, failed: 1 })
  })

  test('does not take for its own what a gateway had counted before it could be asked', async () => {
    expect(await watch([undefined, { pid: 1, answered: 9_000, failed: 99 }])).toMatchObject({
      answered: 0,
      failed: 0,
    })
  })

  test('finds many failures at once, unless it is forced', async () => {
    const looks = [
      { pid: 1, answered: 0 },
      { pid: 1, answered: 50, failed: 40 },
    ]
    await expect(watch(looks)).rejects.toThrow('while the primary was watched, 40 of 50 answers failed')
    await expect(watch(looks)).rejects.toBeInstanceOf(BakeFailure)
    const report = await watch(looks, { force: true })
    expect(report.checks[0]).toMatchObject({ check: 'failures', outcome: 'overridden' })
  })

  test('is cut short where somebody waits, with what it has seen', async () => {
    const report = await watch(
      [
        { pid: 1, answered: 0 },
        { pid: 1, answered: 3 },
      ],
      {
        cutShort: AbortSignal.abort('the rollback of m@1'),
        nowMs: () => 0,
      },
    )
    expect(report.answered).toBe(3)
  })

  test('compares nothing with a gateway of an older build, or labels of another version', async () => {
    const report = await watch(
      [
        { pid: 1, answered: 0, latest: undefined },
        { pid: 1, answered: 500, latest: undefined },
      ] as unknown as Seen[],
      {},
      [{ version: '1', isShared: false, counts: [[1, 900]] }, null],
    )
    expect(report.checks.map(({ outcome }) => outcome)).toEqual(['passed', 'skipped', 'skipped'])
  })
})

test('how an instance answered before is not known where nobody can be asked', async () => {
  const target = { model: 'm', version: '2' }
  const before = await observeBefore('primary', '1', {
    target,
    gatewayStatus: () => Promise.reject(new Error('it is gone')),
    labelTallies: () => Promise.resolve([null]),
  })
  expect(before).toEqual({ ...noAnswers, labels: undefined })
})
