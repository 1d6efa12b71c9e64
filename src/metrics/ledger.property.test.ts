import fc from 'fast-check'
import { expect, test } from 'vitest'

import type { Counters, ModelFigures, ProcessFigures } from '../contracts/index.ts'
import { maxLabels, pastName } from './counters.ts'
import type { SavedLedger } from './ledger.ts'
import { Ledger } from './ledger.ts'
import { RouteMeters } from './route-meters.ts'
import { differenceOf } from './second.ts'

const models = ['a', 'b'] as const

/** A worker that counts as real ones do, and what of it was ever reported. */
class SimulatedProcess {
  readonly routes = new RouteMeters<'link'>()
  readonly #counts = new Map<string, { predictions: number; reported: number; isServed: boolean }>()
  #number = 0
  #cpuMs = 0
  #answered = 0
  reported = { predictions: 0, answered: 0, cpuMs: 0 }

  serve(model: string, version: string): void {
    for (const [key, counted] of this.#counts)
      if (key.startsWith(`${model}@`)) counted.isServed = key === `${model}@${version}`
    this.#count(model, version).isServed = true
  }

  ask(model: string, version: string, times: number): void {
    this.#count(model, version).predictions += times
    for (let i = 0; i < times; i++) this.routes.of('POST', `/${model}`).answered('link', 200, i)
    this.#answered += times
    this.#cpuMs += times
  }

  report(after: number | undefined): ProcessFigures {
    const isWhole = after !== this.#number
    const all = [...this.#counts].map(([key, counted]) => ({ key, counted }))
    const told = all.filter(({ counted }) => isWhole || counted.predictions !== counted.reported)
    const ended = all.filter(({ counted }) => !counted.isServed)
    this.reported.predictions += all.reduce(
      (sum, { counted }) => sum + counted.predictions - counted.reported,
      0,
    )
    this.reported.answered = this.#answered
    this.reported.cpuMs = this.#cpuMs
    const figures: ProcessFigures = {
      number: ++this.#number,
      isWhole,
      pid: 1,
      startedAtMs: 0,
      usage: {
        cpuMs: this.#cpuMs,
        busyMs: 0,
        rssBytes: 0,
        heapBytes: 0,
        delay: { p50Ms: 0, p99Ms: 0, maxMs: 0 },
      },
      worker: {
        instance: 'primary',
        routes: this.routes.figures,
        models: told.map(({ key, counted }) => modelFigures(key, counted.predictions)),
        ended: ended.map(({ key }) => parseKey(key)),
        served: [],
        inFlight: 0,
      },
    }
    for (const { counted } of told) counted.reported = counted.predictions
    for (const { key } of ended) this.#counts.delete(key)
    return JSON.parse(JSON.stringify(figures)) as ProcessFigures
  }

  #count(model: string, version: string) {
    const key = `${model}@${version}`
    const counted = this.#counts.get(key) ?? { predictions: 0, reported: 0, isServed: false }
    this.#counts.set(key, counted)
    return counted
  }
}

function parseKey(key: string): { model: string; version: string } {
  const [model = '', version = ''] = key.split('@')
  return { model, version }
}

function modelFigures(key: string, predictions: number): ModelFigures {
  return {
    ...parseKey(key),
    predictions,
    withoutKnownWord: 0,
    words: predictions,
    unknownWords: 0,
    confidence: 0,
    labels: [['x', predictions]],
  }
}

const step = fc.oneof(
  fc.record({ do: fc.constant('start' as const), id: fc.nat(5) }),
  fc.record({
    do: fc.constant('ask' as const),
    id: fc.nat(5),
    model: fc.constantFrom(...models),
    version: fc.nat(30),
    times: fc.integer({ min: 1, max: 9 }),
    serves: fc.boolean(),
  }),
  fc.record({ do: fc.constant('report' as const), id: fc.nat(5), forgets: fc.boolean() }),
  fc.record({ do: fc.constant('end' as const), id: fc.nat(5), isKilled: fc.boolean() }),
  fc.record({ do: fc.constant('adopt' as const), dead: fc.subarray([0, 1, 2, 3, 4, 5]) }),
)

test('totals never fall, and are what all processes ever reported, whatever starts, ends and is adopted', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      let ledger = new Ledger()
      const living = new Map<string, SimulatedProcess>()
      const all: SimulatedProcess[] = []
      let started = 0
      const idOf = (id: number): string | undefined =>
        [...living.keys()].find((key) => key.startsWith(`${id}.`))
      let before = sumOf(ledger.totals)
      for (const one of steps) {
        const id = 'id' in one ? idOf(one.id) : undefined
        const process = id === undefined ? undefined : living.get(id)
        switch (one.do) {
          case 'start': {
            if (process !== undefined) break
            const created = new SimulatedProcess()
            living.set(`${one.id}.${++started}`, created)
            all.push(created)
            break
          }
          case 'ask':
            if (one.serves) process?.serve(one.model, String(one.version))
            process?.ask(one.model, String(one.version), one.times)
            break
          case 'report':
            if (id === undefined || process === undefined) break
            ledger.report(id, 'primary-0', process.report(one.forgets ? undefined : ledger.lastNumber(id)))
            break
          case 'end':
            if (id === undefined || process === undefined) break
            if (!one.isKilled) ledger.report(id, 'primary-0', process.report(undefined))
            ledger.end(id)
            living.delete(id)
            break
          case 'adopt':
            for (const dead of one.dead) living.delete(idOf(dead) ?? '')
            ledger = new Ledger(JSON.parse(JSON.stringify(ledger.save())) as SavedLedger)
            ledger.endOthers(new Set(living.keys()))
            break
        }
        const now = sumOf(ledger.totals)
        for (const [key, count] of Object.entries(before)) expect(now[key]).toBeGreaterThanOrEqual(count)
        before = now
      }
      const reported = (of: keyof SimulatedProcess['reported']): number =>
        all.reduce((sum, process) => sum + process.reported[of], 0)
      expect(before).toMatchObject({
        predictions: reported('predictions'),
        labels: reported('predictions'),
        answered: reported('answered'),
        durations: reported('answered'),
        cpuMs: reported('cpuMs'),
      })
    }),
    { numRuns: 300 },
  )
})

function sumOf({ models: versions, workers, tallies }: Counters): Record<string, number> {
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
  const ofModels = Object.fromEntries(
    models.map((name) => [
      `predictions of ${name}`,
      sum(versions.filter(({ model }) => model === name).map(({ predictions }) => predictions)),
    ]),
  )
  return {
    ...ofModels,
    predictions: sum(versions.map(({ predictions }) => predictions)),
    labels: sum(versions.flatMap(({ labels }) => labels.map(([, count]) => count))),
    answered: sum(workers.primary.flatMap(({ answers }) => answers)),
    durations: sum(workers.primary.flatMap(({ durations }) => durations.buckets.map(([, count]) => count))),
    cpuMs: sum(tallies.filter(({ name }) => name === 'cpuMs').map(({ count }) => count)),
  }
}

test('a deploy every ten minutes for a year leaves a few versions and labels, and the total of the model', () => {
  const ledger = new Ledger()
  const process = new SimulatedProcess()
  for (let deploy = 0; deploy < 6 * 24 * 365; deploy++) {
    const version = String(deploy)
    process.serve('a', version)
    process.ask('a', version, 1)
    if (deploy % 50 === 0) ledger.report('1', 'primary-0', process.report(ledger.lastNumber('1')))
  }
  ledger.report('1', 'primary-0', process.report(ledger.lastNumber('1')))
  const { models: versions } = ledger.totals
  expect(versions.length).toBeLessThanOrEqual(7)
  expect(sumOf(ledger.totals)).toMatchObject({ 'predictions of a': 6 * 24 * 365 })
  expect(JSON.stringify(ledger.save()).length).toBeLessThan(10_000)
})

test('a version that is folded is no traffic of any second, and a version of the name other is told', () => {
  const ledger = new Ledger()
  const process = new SimulatedProcess()
  const figures = () => ({ atMs: 0, totals: ledger.totals, living: [] })
  const told: (readonly [version: string, predictions: number])[] = []
  let before = figures()
  for (const version of ['1', '2', 'other', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12']) {
    process.serve('a', version)
    process.ask('a', version, 9)
    ledger.report('1', 'primary-0', process.report(ledger.lastNumber('1')))
    const now = figures()
    told.push(
      ...differenceOf(before, now, 1_000).models.map((one) => [one.version, one.predictions] as const),
    )
    before = now
  }
  expect(told).toEqual(
    ['1', '2', 'other', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12'].map((version) => [version, 9]),
  )
  expect(before.totals.models.map(({ version }) => version)).toContain(pastName)
})

test('models and labels that come and go do not pile up either', () => {
  const ledger = new Ledger()
  for (let i = 0; i < 500; i++) {
    const model = { ...modelFigures(`m${i}@1`, 1), labels: [[`l${i}`, 1]] as const }
    const { worker, ...figures } = new SimulatedProcess().report(undefined)
    ledger.report(`${i}`, 'primary-0', {
      ...figures,
      ...(worker && { worker: { ...worker, models: [model] } }),
    })
    ledger.end(`${i}`)
  }
  const { models: versions } = ledger.totals
  expect(versions.length).toBeLessThanOrEqual(101)
  expect(versions.reduce((sum, { predictions }) => sum + predictions, 0)).toBe(500)
  for (const { labels } of versions) expect(labels.length).toBeLessThanOrEqual(maxLabels + 3)
})

test('what a process forgot with an answer that never arrived is kept as it was known before', () => {
  const ledger = new Ledger()
  const process = new SimulatedProcess()
  process.serve('a', '1')
  process.ask('a', '1', 5)
  ledger.report('1', 'primary-0', process.report(undefined))
  process.serve('a', '2')
  process.ask('a', '2', 1)
  // The link breaks: the process has told of the end of the first version, and nobody has heard it.
  process.report(ledger.lastNumber('1'))
  ledger.report('1', 'primary-0', process.report(ledger.lastNumber('1')))
  expect(sumOf(ledger.totals)).toMatchObject({ 'predictions of a': 6 })
  ledger.end('1')
  expect(sumOf(ledger.totals)).toMatchObject({ 'predictions of a': 6 })
})
