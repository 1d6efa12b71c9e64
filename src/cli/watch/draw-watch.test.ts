import { stripVTControlCharacters } from 'node:util'

import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'

import type { GateOutcome, HistoryEntry, StreamEvent, WatchedStatus } from '../../contracts/index.ts'
import { describeChange } from './describe-change.ts'
import type { WatchView } from './draw-watch.ts'
import { drawWatch } from './draw-watch.ts'
import type { WatchedStack } from './watched-stack.ts'
import { follow } from './watched-stack.ts'

const time = { atMs: 1_795_419_027_000, upMs: 5 }
const plain = (_colour: string, text: string): string => text

const status: WatchedStatus = {
  pid: 4711,
  startedAtMs: 0,
  configPath: '/srv/changeover.yaml',
  models: [{ model: '名字问题', active: '2', previous: '1', sinceMs: 0 }],
  damaged: [],
  rollout: null,
  gateway: {
    address: 'http://127.0.0.1:8086',
    grpcAddress: null,
    restarts: 0,
    process: { pid: 4712, startedAtMs: 0 },
  },
  instances: [
    {
      name: 'primary',
      address: 'http://127.0.0.1:5001',
      restarts: 1,
      paused: false,
      workers: [worker(4713)],
    },
    {
      name: 'backup',
      address: 'http://127.0.0.1:5002',
      restarts: 0,
      paused: true,
      workers: [worker(4714), null],
    },
  ],
}

function worker(pid: number) {
  return { pid, startedAtMs: 0, paused: false, otherVersions: [] }
}

const second = (answeredPerSecond: number, asked: readonly (readonly [string, number])[] = []) => ({
  atMs: time.atMs,
  durationMs: 1_000,
  gateway: {
    answeredPerSecond,
    failedPerSecond: 0,
    refusedPerSecond: 0,
    p50Ms: 1.23,
    p99Ms: 45.6,
    inFlight: 3,
    waiting: 0,
  },
  models: [
    {
      ...{ model: '名字问题', version: '2', predictionsPerSecond: 40, labels: asked, otherPerSecond: 0 },
      ...{ meanConfidence: null, unknownWordShare: null },
    },
  ],
  processes: [],
})

const snapshot: StreamEvent = {
  ...time,
  type: 'snapshot',
  status,
  deploys: [],
  series: [second(10, [['__label__name', 30]]), second(20, [['__label__other', 10]])],
  history: [],
}

const deploy = { id: '1', action: 'deploy', model: '名字问题', version: '3', by: 'root', sinceMs: 0 } as const
const step = (name: string, state: 'started' | 'done' | 'failed', detail?: string): StreamEvent => ({
  ...time,
  type: 'deployEvent',
  id: '1',
  event:
    state === 'started'
      ? { type: 'step', step: name, state }
      : { type: 'step', step: name, state, durationMs: 12, detail },
})

const after = (...events: readonly StreamEvent[]): WatchedStack => {
  const stack = events.reduce<WatchedStack | undefined>(follow, undefined)
  if (stack === undefined) throw new Error('there was no snapshot')
  return stack
}
const draw = (stack: WatchedStack, columns = 100, rows = 40, view: Partial<WatchView> = {}): string =>
  drawWatch(
    { stack, connection: { is: 'live', silentMs: 0 }, ...view },
    { columns, rows, paint: plain },
  ).join('\n')

describe('a screen', () => {
  test('shows rates, latency, who is up, what serves, and the label mix as bars', () => {
    const shown = draw(after(snapshot))
    expect(shown).toMatch(/^live\n/)
    expect(shown).toContain('requests    20.0/s   failed 0/s   refused 0/s   in flight 3   queued 0')
    expect(shown).toContain('latency     p50 1.2 ms   p99 46 ms')
    expect(shown).toMatch(/last minute ▅█ up to 20.0\/s/)
    expect(shown).toMatch(/primary +up .*1 restart\nbackup +paused/)
    expect(shown).toContain('名字问题@2   since 1970-01-01 00:00:00 UTC   before: 1')
    const [name = '', other = ''] = [/name +█+ 75.0 %/, /other +█+ 25.0 %/].map(
      (bar) => bar.exec(shown)?.[0] ?? '',
    )
    expect(name.split('█').length - 1).toBeCloseTo(3 * (other.split('█').length - 1), -1)
    expect(shown.split('\n').at(-1)).toBe('q quits')
  })

  test('shows what is down, paused or served besides, and no figures that are not known', () => {
    const other = [{ model: 'm', version: '9', sinceMs: 0 }]
    const shown = draw(
      after(
        snapshot,
        {
          ...time,
          type: 'status',
          status: {
            ...status,
            gateway: { ...status.gateway, process: null },
            instances: [
              { name: 'primary', address: 'a', restarts: 2, paused: null, workers: [null] },
              {
                name: 'backup',
                address: 'b',
                restarts: 0,
                paused: null,
                workers: [{ ...worker(1), otherVersions: other }, null],
              },
            ],
          },
        },
        {
          ...time,
          type: 'figures',
          figures: { atMs: 0, durationMs: 1_000, gateway: null, models: [], processes: [] },
        },
      ),
    )
    expect(shown).toContain('not known: the gateway does not answer')
    expect(shown).toMatch(/gateway +DOWN.*\nprimary +DOWN.*2 restarts\nbackup +1 of 2 up.*serves m@9/)
  })

  test('shows the steps of a deploy as they come, and its end until the next one', () => {
    const begun = [snapshot, { ...time, type: 'deploy', deploy }, step('publish', 'started')] as const
    expect(draw(after(...begun))).toMatch(/deploy 名字问题@3 by root {3}under way\n {2}… publish\n/)
    const failed = [
      ...begun,
      step('publish', 'done'),
      step('bake primary', 'started'),
      step('bake primary', 'failed', 'too slow'),
      {
        ...time,
        type: 'deployEvent',
        id: '1',
        event: {
          type: 'end',
          ok: false,
          error: { code: 'rollout_failed', message: 'undone' },
          durationMs: 1_500,
        },
      },
    ] satisfies readonly StreamEvent[]
    const shown = draw(after(...failed))
    expect(shown).toMatch(
      /failed after 1.50 s: undone\n {2}✓ publish {2}12 ms\n {2}✗ bake primary {2}12 ms {2}too slow\n/,
    )
    expect(draw(after(...failed, snapshot))).toContain('failed after 1.50 s')
    const next = draw(
      after(...failed, { ...time, type: 'deploy', deploy: { ...deploy, id: '2', version: '4' } }),
    )
    expect(next).toContain('名字问题@4')
    expect(next).not.toContain('名字问题@3')
  })

  test('shows a check that was overridden or found nothing to compare as no check that passed', () => {
    const check = { sentence: '', figures: {} }
    const gate = (outcome: GateOutcome): StreamEvent => ({
      ...{ ...time, type: 'deployEvent', id: '1' },
      event: {
        ...{ type: 'step', step: `gate ${outcome}`, state: 'done', durationMs: 12, detail: undefined },
        gate: { gate: 'golden', outcome, ...check },
      },
    })
    const bake = (...outcomes: readonly GateOutcome[]): StreamEvent => ({
      ...{ ...time, type: 'deployEvent', id: '1' },
      event: {
        ...{
          type: 'step',
          step: `bake ${outcomes.join()}`,
          state: 'done',
          durationMs: 12,
          detail: undefined,
        },
        bake: {
          ...{ answered: 1, failed: 0 },
          checks: outcomes.map((outcome) => ({ check: 'labels', outcome, ...check })),
        },
      },
    })
    const steps = [
      ...(['passed', 'skipped', 'overridden'] as const).map(gate),
      ...[bake('passed', 'skipped'), bake('skipped', 'skipped'), bake('passed', 'overridden')],
    ]
    const shown = draw(after(snapshot, { ...time, type: 'deploy', deploy }, ...steps))
    for (const line of [
      ...['✓ gate passed', '- gate skipped', '! gate overridden'],
      ...['✓ bake passed,skipped', '- bake skipped,skipped', '! bake passed,overridden'],
    ])
      expect(shown).toContain(`  ${line}  12 ms`)
  })

  test('names nothing as overridden if nothing was', () => {
    const end = (overrode: readonly 'cost'[]): StreamEvent => ({
      ...{ ...time, type: 'deployEvent', id: '1' },
      event: {
        ...{ type: 'end', ok: true, version: { model: '名字问题', version: '3' }, durationMs: 1_500 },
        overrode,
      },
    })
    const run = [snapshot, { ...time, type: 'deploy', deploy }] as const
    expect(draw(after(...run, end([])))).toMatch(/done in 1.50 s\n/)
    expect(draw(after(...run, end(['cost'])))).toMatch(/done in 1.50 s, by force; cost overridden\n/)
  })

  test('names what was done last, whether it was done to a version, a model or the whole stack', () => {
    const last = (entry: Partial<HistoryEntry>): string =>
      draw(
        after({
          ...snapshot,
          history: [
            {
              ...{
                atMs: 0,
                action: 'deploy',
                model: '',
                version: '',
                from: null,
                by: 'root',
                outcome: 'done',
              },
              ...entry,
            },
          ],
        }),
      )
    expect(last({ model: 'm', version: '3' })).toContain('last        deploy m@3 by root: done')
    expect(last({ action: 'unload', model: 'm' })).toContain('last        unload m by root: done')
    expect(last({ action: 'stop', address: '10.0.0.9' })).toContain(
      'last        stop by root at 10.0.0.9: done',
    )
  })

  test('marks every number that is old, and says why it is', () => {
    const lost = draw(after(snapshot), 100, 40, {
      connection: { is: 'lost', silentMs: 12_000, why: 'no supervisor answers' },
    })
    expect(lost).toMatch(/^CONNECTION LOST 12 s ago, trying again: no supervisor answers\n/)
    const silent = draw(after(snapshot), 100, 40, { connection: { is: 'live', silentMs: 4_000 } })
    expect(silent).toMatch(/^NO DATA for 4 s; what is below is old\n/)
    for (const shown of [lost, silent])
      for (const line of shown
        .split('\n')
        .filter((text) => /\/s|ms|up|paused|%|since 1970.*before/.test(text))
        .slice(1))
        expect(line).toMatch(/^(old|supervisor)/)
  })

  test('shows one model if it is told to, and counts what does not fit', () => {
    const models = Array.from({ length: 1_000 }, (_, n) => ({
      model: `m${n}`,
      active: '1',
      previous: null,
      sinceMs: 0,
    }))
    const many = after({ ...snapshot, status: { ...status, models } })
    expect(draw(many).split('\n')).toHaveLength(40)
    expect(draw(many)).toMatch(/… 9\d\d more lines; a taller window shows them\nq quits$/)
    const one = draw(many, 100, 40, { model: 'm77' })
    expect(one).toContain('m77@1')
    expect(one).not.toContain('m78@1')
  })
})

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('您贵姓'.repeat(20), '👩‍👩‍👧‍👦', '\u001b[2J', 'a\nb', ''),
)
const anyNumber = fc.oneof(fc.double({ min: 0, noNaN: true }), fc.constantFrom(0, 1e9, 0.001))
const anySecond = fc.record({
  atMs: fc.nat(),
  durationMs: anyNumber,
  gateway: fc.option(
    fc.record({
      answeredPerSecond: anyNumber,
      failedPerSecond: anyNumber,
      refusedPerSecond: fc.option(anyNumber),
      p50Ms: fc.option(anyNumber),
      p99Ms: fc.option(anyNumber),
      inFlight: fc.nat(),
      waiting: fc.option(fc.nat()),
    }),
  ),
  models: fc.array(
    fc.record({
      model: anyText,
      version: anyText,
      predictionsPerSecond: anyNumber,
      meanConfidence: fc.option(anyNumber),
      unknownWordShare: fc.option(anyNumber),
      labels: fc.array(fc.tuple(anyText, fc.nat())),
      otherPerSecond: fc.nat(),
    }),
    { maxLength: 3 },
  ),
  processes: fc.constant([]),
})
const anyStatus = fc.record({
  pid: fc.nat(),
  startedAtMs: fc.nat(),
  configPath: anyText,
  models: fc.array(
    fc.record({
      model: anyText,
      active: fc.option(anyText),
      previous: fc.option(anyText),
      sinceMs: fc.option(fc.nat()),
    }),
  ),
  damaged: fc.array(
    fc.record({ model: anyText, version: anyText, why: anyText, servedInstead: fc.option(anyText) }),
    { maxLength: 5 },
  ),
  rollout: fc.option(anyText),
  gateway: fc.record({
    address: anyText,
    grpcAddress: fc.constant(null),
    restarts: fc.nat(),
    process: fc.option(fc.record({ pid: fc.nat(), startedAtMs: fc.nat() })),
  }),
  instances: fc.array(
    fc.record({
      name: fc.constantFrom('primary' as const, 'backup' as const),
      address: anyText,
      restarts: fc.nat(),
      paused: fc.option(fc.boolean()),
      workers: fc.array(fc.option(fc.constant(worker(1)))),
    }),
    { maxLength: 2 },
  ),
})
const anyEvent = fc.oneof(
  fc.record({ status: anyStatus }).map(({ status }): StreamEvent => ({ ...time, type: 'status', status })),
  anySecond.map((figures): StreamEvent => ({ ...time, type: 'figures', figures })),
  anyText.map((version): StreamEvent => ({ ...time, type: 'deploy', deploy: { ...deploy, version } })),
  fc
    .tuple(anyText, fc.constantFrom('started', 'done', 'failed'), anyText)
    .map(([name, state, detail]) => step(name, state, detail)),
  fc.constant<StreamEvent>(snapshot),
  fc.constant<StreamEvent>({ ...time, type: 'closed' }),
  // What a newer supervisor says.
  fc.constant({ ...time, type: 'unheard-of' } as unknown as StreamEvent),
)

test('whatever comes, no line is wider than the terminal, none moves it, and there are no more than it has', () => {
  const coloured = (_colour: string, text: string): string => `\u001b[31m${text}\u001b[39m`
  fc.assert(
    fc.property(
      fc.array(anyEvent, { maxLength: 12 }),
      fc.nat({ max: 200 }),
      fc.nat({ max: 60 }),
      fc.nat({ max: 20_000 }),
      (events, columns, rows, silentMs) => {
        const stack = after(snapshot, ...events)
        const lines = drawWatch(
          { stack, connection: { is: 'live', silentMs } },
          { columns, rows, paint: coloured },
        )
        expect(lines.length).toBeLessThanOrEqual(rows)
        for (const line of lines) {
          expect(stringWidth(line)).toBeLessThanOrEqual(columns)
          const bare = line.replaceAll('\u001b[31m', '').replaceAll('\u001b[39m', '')
          expect(bare).toBe(stripVTControlCharacters(bare))
          expect(bare).not.toMatch(/[\u0000-\u001f\u007f]/)
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('for a file, each change is a line, and figures are none', () => {
  const lines: string[] = []
  let stack: WatchedStack | undefined
  const down: WatchedStatus = {
    ...status,
    models: [],
    instances: status.instances.map((one) => ({ ...one, workers: [null] })),
  }
  const events: readonly StreamEvent[] = [
    snapshot,
    { ...time, type: 'figures', figures: second(1) },
    { ...time, type: 'deploy', deploy },
    step('publish', 'started'),
    step('publish', 'done'),
    { ...time, type: 'status', status: down },
    { ...time, type: 'closed' },
  ]
  for (const event of events) {
    lines.push(...describeChange(stack, event))
    stack = follow(stack, event)
  }
  expect(lines.map((line) => line.replace(/^.* UTC {2}/, ''))).toEqual([
    'supervisor: process 4711',
    'gateway: up, process 4712',
    'primary 0: up, process 4713',
    'backup requests: paused',
    'backup 0: up, process 4714',
    'backup 1: down',
    '名字问题: 2',
    'deploy 名字问题@3 by root begins',
    'deploy 名字问题@3 by root: … publish',
    'deploy 名字问题@3 by root: ✓ publish  12 ms',
    'primary 0: down',
    'backup 0: down',
    'backup 1: no more',
    '名字问题: no more',
    'the supervisor stops',
  ])
  expect(describeChange(undefined, snapshot, 'another').join('\n')).not.toContain('名字问题')
})
