import { expect, test } from 'vitest'

import type { DeployEvent } from '../contracts/index.ts'
import { traceDeploys } from './trace-deploys.ts'
import type { Span, Tracer } from './tracer.ts'

function createScene() {
  const log: string[] = []
  const create = (name: string): Span => ({
    traceparent: '',
    rename: () => undefined,
    set: (attributes) => void log.push(`${name} ${JSON.stringify(attributes)}`),
    event: () => undefined,
    fail: (reason) => void log.push(`${name} fails: ${reason}`),
    begin: (part) => {
      log.push(`${part} begins`)
      return create(part)
    },
    end: () => void log.push(`${name} ends`),
  })
  const tracer: Tracer = {
    beginRequest: () => undefined,
    continueRequest: () => undefined,
    begin: (name) => create(name),
    close: () => Promise.resolve(),
  }
  const deploy = { action: 'deploy', model: 'm', version: '2', by: 'me', why: 'a text' } as const
  const run = (events: readonly DeployEvent[]): void => {
    const tell = traceDeploys(() => tracer)(deploy)
    for (const event of events) tell(event)
  }
  return { log, run }
}

const durationMs = 1
const detail = 'the text 您贵姓 has another label'
const done = (step: string): DeployEvent => ({ type: 'step', step, state: 'done', durationMs, detail })

test('each step is a part; of a gate its outcome is kept, and nothing that could quote a text', () => {
  const { log, run } = createScene()
  const gate = { gate: 'golden', outcome: 'failed', sentence: detail, figures: { texts: [detail] } } as const
  run([
    { type: 'step', step: 'publish', state: 'started' },
    done('publish'),
    { type: 'step', step: 'gate golden', state: 'started' },
    { type: 'step', step: 'gate golden', state: 'failed', durationMs, detail, gate },
    { type: 'end', ok: false, error: { code: 'gate_failed', message: detail }, durationMs },
  ])
  expect(log).toEqual([
    'publish begins',
    'publish ends',
    'gate golden begins',
    'gate golden {"changeover.outcome":"failed"}',
    'gate golden fails: failed',
    'gate golden ends',
    'deploy m fails: gate_failed',
    'deploy m ends',
  ])
})

test('a step that only reports its end has a part too, and one that has no end ends with the deploy', () => {
  const { log, run } = createScene()
  run([
    { type: 'start', from: '1', to: { model: 'm', version: '2' } },
    done('a'),
    { type: 'step', step: 'b', state: 'started' },
    { type: 'end', ok: true, version: { model: 'm', version: '2' }, durationMs },
  ])
  expect(log).toEqual([
    'deploy m {"changeover.from":"1"}',
    'a begins',
    'a ends',
    'b begins',
    'b ends',
    'deploy m ends',
  ])
})
