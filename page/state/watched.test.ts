import { expect, test } from 'vitest'

import type { BakeReport } from '../../src/contracts/bake.ts'
import type { DeployEvent } from '../../src/contracts/control.ts'
import type { GateOutcome } from '../../src/contracts/gates.ts'
import type { Receipt } from '../../src/contracts/history.ts'
import type { StreamEvent, WatchedStatus } from '../../src/contracts/stream.ts'
import type { Watched } from './watched.ts'
import { listReceiptSteps, listShortfalls, listSteps, watch } from './watched.ts'

const status: WatchedStatus = {
  ...{ pid: 1, startedAtMs: 0, configPath: '', models: [], damaged: [], rollout: null, instances: [] },
  gateway: { address: '', grpcAddress: null, restarts: 0, process: null },
}
const time = { atMs: 0, upMs: 0 }
const snapshot: StreamEvent = { ...time, type: 'snapshot', status, deploys: [], series: [], history: [] }
const deploy = { id: '1', action: 'deploy', model: 'm', version: '2', sinceMs: 0 } as const
const step: DeployEvent = { type: 'step', step: 'warm primary', state: 'started' }
const end: Extract<DeployEvent, { ok: true }> = {
  type: 'end',
  ok: true,
  version: { model: 'm', version: '2' },
  durationMs: 1,
}

function follow(...events: readonly StreamEvent[]): Watched | undefined {
  return events.reduce<Watched | undefined>(watch, undefined)
}

test('nothing is known before a snapshot, and events of later builds change nothing', () => {
  expect(follow({ ...time, type: 'status', status })).toBeUndefined()
  const unknown = { ...time, type: 'weather' } as unknown as StreamEvent
  expect(follow(snapshot, unknown)).toEqual(follow(snapshot))
})

test('a deploy that ended stays after a new snapshot; one that went on unseen is that of the snapshot', () => {
  const begun: StreamEvent = { ...time, type: 'deploy', deploy }
  const event = (event: DeployEvent): StreamEvent => ({ ...time, type: 'deployEvent', id: '1', event })
  expect(follow(snapshot, begun, event(end), snapshot)?.deploys).toMatchObject([{ id: '1', events: [end] }])
  expect(follow(snapshot, begun, event(step), snapshot)?.deploys).toEqual([])
  const running: StreamEvent = { ...snapshot, deploys: [{ ...deploy, events: [step] }] }
  expect(follow(snapshot, begun, running)?.deploys).toEqual([{ ...deploy, events: [step] }])
})

test('figures are kept for an hour', () => {
  const figures = (atMs: number): StreamEvent => ({
    ...{ ...time, type: 'figures' },
    figures: { atMs, durationMs: 1_000, gateway: null, models: [], processes: [] },
  })
  const kept = follow(snapshot, figures(0), figures(1_000), figures(3_600_500))
  expect(kept?.series.map(({ atMs }) => atMs)).toEqual([1_000, 3_600_500])
  const setBack = follow(snapshot, figures(1_000), figures(9_000), figures(10_000), figures(2_000))
  expect(setBack?.series.map(({ atMs }) => atMs)).toEqual([1_000, 2_000])
})

test('a step is shown as its last event has it; one that is repeated is shown twice', () => {
  const done: DeployEvent = { ...step, state: 'done', durationMs: 5, detail: 'x' }
  expect(listSteps([step, done, step])).toEqual([
    { step: 'warm primary', state: 'done', durationMs: 5, detail: 'x' },
    { step: 'warm primary', state: 'started' },
  ])
})

const bake = (...outcomes: readonly GateOutcome[]): BakeReport => ({
  ...{ answered: 1, failed: 0 },
  checks: outcomes.map((outcome) => ({ check: 'labels', outcome, sentence: '', figures: {} })),
})

test('a bake that compared nothing, or was overridden, is shown as that; one that failed as failed', () => {
  const outcomeOfBake = (state: 'done' | 'failed', ...outcomes: readonly GateOutcome[]) => {
    const event: DeployEvent = {
      ...{ type: 'step', step: 'bake primary', state, durationMs: 5, detail: undefined },
      bake: bake(...outcomes),
    }
    return listSteps([event])[0]?.outcome
  }
  expect(outcomeOfBake('done', 'skipped', 'skipped')).toBe('skipped')
  expect(outcomeOfBake('done', 'passed', 'overridden')).toBe('overridden')
  expect(outcomeOfBake('done', 'passed', 'skipped')).toBe('passed')
  expect(outcomeOfBake('failed', 'passed', 'skipped')).toBeUndefined()
})

test('the steps of a receipt say what was skipped or overridden, also of one that an older build wrote', () => {
  const took = { state: 'done', durationMs: 5 } as const
  const receipt: Receipt = {
    ...{ before: null, during: null, after: null, memoryBytes: { before: 0, after: 0 } },
    bake: bake('skipped'),
    steps: [
      { step: 'gate golden', ...took, outcome: 'skipped' },
      { step: 'gate cost', ...took },
      { step: 'bake primary', ...took },
      { step: 'commit', ...took },
    ],
  }
  expect(listReceiptSteps({ overrode: ['cost'] }, receipt).map(({ outcome }) => outcome)).toEqual([
    ...['skipped', 'overridden', 'skipped'],
    undefined,
  ])
})

test('a deploy that was forced, or compared with nothing, is no plain success', () => {
  expect(listShortfalls(end)).toEqual({ overrode: [], notCompared: [], isDoubtful: false })
  expect(listShortfalls({ ...end, overrode: ['cost'] })).toMatchObject({
    overrode: ['cost'],
    isDoubtful: true,
  })
  const notCompared = [{ what: 'gate golden', why: 'there is no golden set' }]
  const compare = (...compared: readonly string[]) =>
    listShortfalls({ ...end, comparisons: { compared, notCompared } })
  expect(compare()).toMatchObject({ notCompared, isDoubtful: true })
  expect(compare('bake labels')).toMatchObject({ notCompared, isDoubtful: false })
})
