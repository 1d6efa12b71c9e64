import { expect, test } from 'vitest'

import type { Counters, StackFacts } from '../contracts/index.ts'
import { LatencyHistogram, pastName } from '../metrics/index.ts'
import type { Told } from './family.ts'
import { createMetricsFormat } from './format-metrics.ts'

const facts: StackFacts = { models: [], disk: null, isBusy: false, p99BudgetMs: 50 }
const nothing: Counters = { gateway: [], workers: { primary: [], backup: [] }, models: [], tallies: [] }
const build = { version: '1', node: '20' }

const tell = (totals: Partial<Counters>): Told => ({
  figures: { atMs: 0, totals: { ...nothing, ...totals }, living: [] },
  facts,
  build,
})

const formatOnce = async (totals: Partial<Counters>, accept?: string): Promise<string> => {
  const told = tell(totals)
  return (await createMetricsFormat(() => told)(accept)).text
}

const asked = (labels: readonly (readonly [string, number])[]) => ({
  model: 'm',
  version: '1',
  predictions: labels.reduce((sum, [, count]) => sum + count, 0),
  withoutKnownWord: 0,
  words: 0,
  unknownWords: 0,
  confidence: 0,
  labels,
})

test('a label may be any text: quotes, line feeds, backslashes, other scripts, half characters', async () => {
  const text = await formatOnce({ models: [asked([['a"b\\c\nd\re 你好 \ud83d', 3]])] })
  expect(text).toContain(
    'changeover_predictions_total{model="m",version="1",label="a\\"b\\\\c\\nd e 你好 �"} 3\n',
  )
})

test('labels that are the same when they are cut are told together, so that no series comes twice', async () => {
  const long = 'x'.repeat(300)
  const text = await formatOnce({
    models: [
      asked([
        [`${long}1`, 1],
        [`${long}2`, 2],
      ]),
    ],
  })
  const lines = text.split('\n').filter((line) => line.startsWith('changeover_predictions_total{'))
  expect(lines).toEqual([`changeover_predictions_total{model="m",version="1",label="${'x'.repeat(199)}…"} 3`])
})

test('versions that were served long ago are in no series', async () => {
  const counted = asked([['x', 3]])
  const text = await formatOnce({ models: [counted, { ...counted, version: pastName, predictions: 70 }] })
  expect(text).toContain('changeover_predictions_total{model="m",version="1",label="x"} 3\n')
  expect(text).toContain('changeover_confidence_count{model="m",version="1"} 3\n')
  expect(text).not.toContain(pastName)
})

test('a histogram has cumulative buckets, its sum and its count, those beyond the last bound among them', async () => {
  const histogram = new LatencyHistogram()
  for (const durationMs of [0.01, 3, 3, 500_000]) histogram.add(durationMs)
  const route = {
    method: 'POST',
    path: '/x',
    by: 'primary' as const,
    answers: [0, 0, 4, 0, 0, 0],
    durations: histogram.toFigures(),
  }
  const text = await formatOnce({ gateway: [route] })
  const labels = 'method="POST",route="/x",role="primary"'
  const name = 'changeover_gateway_request_duration_seconds'
  const values = [...text.matchAll(new RegExp(`^${name}_bucket{${labels},le="(.*)"} (.*)$`, 'gm'))].map(
    ([, le, count]) => [Number(le), Number(count)] as const,
  )
  expect(values).toHaveLength(40)
  expect(values.map(([le]) => le)).toEqual(values.map(([le]) => le).toSorted((a, b) => a - b))
  expect(values[0]).toEqual([0.000128, 1])
  expect(values.find(([le]) => le > 0.003)?.[1]).toBe(3)
  expect(values.at(-2)?.[1]).toBe(3)
  expect(values.at(-1)?.[1]).toBe(4)
  expect(text).toContain(`${name}_count{${labels}} 4\n`)
  expect(text).toContain(`${name}_sum{${labels}} 500.00601\n`)
  expect(text).toContain('changeover_gateway_requests_total{' + labels + ',status="5xx"} 0\n')
})

test.each([
  [undefined, 'text/plain'],
  ['*/*', 'text/plain'],
  ['text/plain', 'text/plain'],
  // What Prometheus 2.42, 3 and a browser send.
  [
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'application/openmetrics-text',
  ],
  [
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1',
    'application/openmetrics-text',
  ],
  ['text/plain;version=0.0.4;q=1,application/openmetrics-text;version=1.0.0;q=0.5', 'text/plain'],
  ['application/openmetrics-text;version=0.0.1', 'text/plain'],
  ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/plain'],
])('%s is answered in %s', async (accept, expected) => {
  const told = tell({})
  const { contentType, text } = await createMetricsFormat(() => told)(accept)
  expect(contentType).toMatch(expected)
  expect(text.endsWith('# EOF\n')).toBe(expected !== 'text/plain')
})

test('a text is made once for the same figures', async () => {
  let told = tell({})
  const format = createMetricsFormat(() => told)
  const first = await format(undefined)
  expect(await format(undefined)).toBe(first)
  expect(await format('application/openmetrics-text')).not.toBe(first)
  told = tell({})
  expect(await format(undefined)).not.toBe(first)
})

test('what nginx does not tell is left out, not zero', async () => {
  const told = tell({ tallies: [{ name: 'cpuMs', labels: ['gateway'], count: 1 }] })
  const instance = { inFlight: 2, readyWorkers: 1, paused: false }
  const living = {
    process: 'gateway',
    pid: 1,
    startedAtMs: 0,
    openFiles: null,
    usage: { cpuMs: 1, busyMs: 1, rssBytes: 1, heapBytes: 1, delay: { p50Ms: 0, p99Ms: 0, maxMs: 0 } },
    gateway: { routes: [], counts: {}, instances: { primary: instance, backup: instance } },
  }
  const withNginx = { ...told, figures: { ...told.figures, living: [living] } }
  const { text } = await createMetricsFormat(() => withNginx)(undefined)
  const samples = text.split('\n').filter((line) => line.startsWith('changeover_gateway_'))
  expect(samples.map((line) => line.split('{')[0])).toEqual([
    ...Array<string>(2).fill('changeover_gateway_requests_in_flight'),
    ...Array<string>(2).fill('changeover_gateway_workers_ready'),
    ...Array<string>(2).fill('changeover_gateway_instance_paused'),
  ])
  expect(text).not.toMatch(/^changeover_process_open_fds\{/m)
})
