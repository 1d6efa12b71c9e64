import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { describeStep, forwardPlan } from './plan.ts'
import type { RolloutEffect, RolloutEvent, RolloutState } from './step.ts'
import { idle, step } from './step.ts'

type World = {
  state: RolloutState
  awaited: Extract<RolloutEffect, { type: 'run' }> | undefined
  done: string[]
}

function start(): World {
  const world: World = { state: idle, awaited: undefined, done: [] }
  feed(world, { type: 'begin' })
  return world
}

function feed(world: World, event: RolloutEvent): void {
  if (event.type === 'done' && world.awaited?.run === event.run)
    world.done.push(describeStep(world.awaited.step))
  const { state, effects } = step(world.state, event)
  world.state = state
  for (const effect of effects) world.awaited = effect.type === 'run' ? effect : undefined
}

function succeedUntil(world: World, stepName: string): void {
  while (world.awaited !== undefined && describeStep(world.awaited.step) !== stepName)
    feed(world, { type: 'done', run: world.awaited.run })
}

function finish(world: World): void {
  for (let i = 0; i < 100 && world.state.phase !== 'committed' && world.state.phase !== 'undone'; i++)
    if (world.awaited !== undefined) feed(world, { type: 'done', run: world.awaited.run })
}

describe('a rollout', () => {
  test('keeps to the order of the course when nothing fails', () => {
    const world = start()
    finish(world)
    expect(world.state).toEqual({ phase: 'committed' })
    expect(world.done).toEqual([
      'pause primary',
      'load primary',
      'warm primary',
      'selfTest primary',
      'activate primary',
      'resume primary',
      'bake primary',
      'pause backup',
      'load backup',
      'warm backup',
      'selfTest backup',
      'activate backup',
      'resume backup',
      'commit',
    ])
  })

  test.each([
    ['pause primary', ['resume primary']],
    ['load primary', ['discard primary', 'resume primary']],
    ['selfTest primary', ['discard primary', 'resume primary']],
    ['activate primary', ['restore primary', 'resume primary']],
    ['bake primary', ['pause primary', 'restore primary', 'resume primary']],
    [
      'load backup',
      ['discard backup', 'resume backup', 'pause primary', 'restore primary', 'resume primary'],
    ],
    [
      'commit',
      [
        'pause backup',
        'restore backup',
        'resume backup',
        'pause primary',
        'restore primary',
        'resume primary',
      ],
    ],
  ])('that fails at %s brings every instance back', (failing, wayBack) => {
    const world = start()
    succeedUntil(world, failing)
    feed(world, { type: 'failed', run: world.awaited?.run ?? 0, reason: 'because' })
    world.done = []
    finish(world)
    expect(world.done).toEqual(wayBack)
    expect(world.state).toEqual({ phase: 'undone', failure: { step: failing, reason: 'because' } })
  })

  test('is undone when a process dies in the middle of a step, and the step is cancelled', () => {
    const world = start()
    succeedUntil(world, 'bake primary')
    const { state, effects } = step(world.state, { type: 'died', instance: 'backup', reason: 'exit code 9' })
    expect(state.phase).toBe('undoing')
    expect(effects[0]).toEqual({ type: 'cancel', run: world.awaited?.run, reason: 'exit code 9' })
  })

  test('always ends, never commits after a failure, and ignores answers of steps that are over', () => {
    const anyEvent = fc.oneof(
      { weight: 6, arbitrary: fc.constant('done' as const) },
      { weight: 1, arbitrary: fc.constant('failed' as const) },
      { weight: 1, arbitrary: fc.constant('died' as const) },
      { weight: 2, arbitrary: fc.constant('late' as const) },
    )
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 60 }), (events) => {
        const world = start()
        let failed = false
        for (const event of events) {
          const run = world.awaited?.run ?? 0
          const committing = world.awaited?.step.action === 'commit'
          const before = world.state
          if (event === 'done') feed(world, { type: 'done', run })
          if (event === 'late') {
            feed(world, { type: 'failed', run: run - 1, reason: 'late' })
            expect(world.state).toBe(before)
          }
          if (event === 'failed' && before.phase === 'advancing') failed = true
          if (event === 'failed') feed(world, { type: 'failed', run, reason: 'failed' })
          if (event === 'died' && before.phase === 'advancing' && !committing) failed = true
          if (event === 'died') feed(world, { type: 'died', instance: 'primary', reason: 'died' })
        }
        finish(world)
        expect(world.state.phase).toBe(failed ? 'undone' : 'committed')
      }),
    )
  })

  test('names every step of its plan once', () => {
    const names = forwardPlan.map(describeStep)
    expect(new Set(names).size).toBe(names.length)
  })
})
