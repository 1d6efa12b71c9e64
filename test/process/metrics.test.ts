import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { exampleFolder, firstModel, routePath, secondModel } from '../../harness/paths.ts'
import { freePorts } from '../../harness/processes.ts'
import { missingComponents } from '../../harness/real-components.ts'
import { until } from '../../harness/until.ts'
import { dataPaths } from '../../src/config/index.ts'
import { FiguresFile } from '../../src/supervisor/figures/figures-file.ts'
import type { Load } from '../support/load.ts'
import { startLoad } from '../support/load.ts'
import type { DocumentedMetric } from '../support/metrics-table.ts'
import { parseScrape, readMetricsTable } from '../support/metrics-table.ts'
import type { Prometheus } from '../support/prometheus.ts'
import { promtool, startPrometheus } from '../support/prometheus.ts'
import { startServe } from '../support/serve.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const body = JSON.stringify({ text: [['您贵姓', 5]] })
const unknownText = JSON.stringify({ text: [['qwertz', 5]] })

let stack: Stack
let target: string

const scrape = async (accept = ''): Promise<Response> =>
  fetch(`http://${target}/metrics`, { headers: { accept } })

const total = async (name: string, wanted: Readonly<Record<string, string>> = {}): Promise<number> =>
  parseScrape(await (await scrape()).text())
    .filter((one) => one.name === name)
    .filter(({ labels }) => Object.entries(wanted).every(([label, value]) => labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0)

/** What of the documented metrics only grows, by the names of its samples. */
const countersOf = (documented: readonly DocumentedMetric[]): string[] =>
  documented.flatMap(({ name, type }) => {
    if (type === 'counter') return [name]
    if (type === 'histogram') return ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`)
    return name === 'changeover_confidence' ? [`${name}_sum`, `${name}_count`] : []
  })

beforeAll(async () => {
  const [port = 0] = await freePorts(1)
  target = `127.0.0.1:${port}`
  stack = await startStack({ config: `metrics: { bind: '${target}' }` })
})

afterAll(() => stack.stop())

describe('a scrape', () => {
  test('has every documented metric with its type and labels, and no other', async () => {
    await fetch(stack.gateway + routePath, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: unknownText,
    })
    await until('the request is told', async () => (await total('changeover_predictions_total')) > 0)
    const text = await (await scrape()).text()
    const types = Object.fromEntries(
      [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type]) => [name, type]),
    )
    const documented = readMetricsTable()
    expect(Object.keys(types)).toEqual(documented.map(({ name }) => name))
    for (const { name, type, labels } of documented) {
      expect([name, types[name]]).toEqual([name, type])
      const samples = parseScrape(text).filter(
        (one) => one.name.replace(/_(bucket|sum|count)$/, '') === name || one.name === name,
      )
      // The configuration of this stack does not say.
      if (name !== 'changeover_stale_after_seconds') expect([name, samples.length > 0]).toEqual([name, true])
      for (const sample of samples)
        expect([
          name,
          Object.keys(sample.labels)
            .filter((label) => label !== 'le' && label !== 'quantile')
            .sort(),
        ]).toEqual([name, labels.toSorted()])
    }
    expect(await total('changeover_texts_without_known_word_total')).toBe(1)
    expect(await total('changeover_unknown_words_total')).toBe(1)
    expect(await total('changeover_model_workers', { role: 'primary' })).toBe(1)
  })

  test.skipIf(missingComponents('prometheus'))('is what promtool wants of metrics', async () => {
    expect(promtool(['check', 'metrics'], await (await scrape()).text())).toBe('')
  })

  test('comes in the format that is asked for, on the control socket too, and there is nothing else on the port', async () => {
    const plain = await scrape('text/plain')
    expect(plain.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const open = await scrape('application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5')
    expect(open.headers.get('content-type')).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    )
    expect(await open.text()).toMatch(/# TYPE changeover_predictions counter\n[^]*# EOF\n$/)
    const { controlSocket } = dataPaths(join(stack.folder, '.changeover'))
    const controlled = await new Promise<IncomingMessage>((resolve) =>
      request({ socketPath: controlSocket, path: '/metrics' }, resolve).end(),
    )
    expect(controlled.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    controlled.destroy()
    expect((await fetch(`http://${target}/v1/status`)).status).toBe(404)
    expect((await fetch(`http://${target}/metrics`, { method: 'POST' })).status).toBe(405)
  })
})

describe('the workers', () => {
  /** How often the worker of the primary has been asked for its figures, as the supervisor has written it down. */
  const timesAsked = (): number => {
    const { heard = [] } = new FiguresFile(dataPaths(join(stack.folder, '.changeover')).run).read() ?? {}
    return Math.max(
      ...heard.flatMap(([, { process: place, number }]) => (place === 'primary-0' ? [number] : [])),
    )
  }

  test('are asked once a second, however often somebody scrapes', async () => {
    const before = timesAsked()
    const begunMs = performance.now()
    for (let round = 0; round < 10; round++) {
      const statuses = await Promise.all(
        Array.from({ length: 30 }, async () => {
          const scraped = await scrape()
          // One whose body is not read keeps its connection, and there are not so many.
          await scraped.text()
          return scraped.status
        }),
      )
      expect(statuses).toEqual(Array(30).fill(200))
    }
    await until('they are asked again', () => timesAsked() > before)
    expect(timesAsked() - before).toBeLessThanOrEqual((performance.now() - begunMs) / 1_000 + 1)
  })
})

test('an instance alone has metrics too, without those of a gateway', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-serve-metrics-'))
  const [port = 0] = await freePorts(1)
  const configPath = join(folder, 'changeover.yaml')
  writeFileSync(
    configPath,
    `service: ${join(exampleFolder, 'service.ts')}
models: { name_question: { initial: ${firstModel}, tokenizer: jieba } }
metrics: { bind: '127.0.0.1:${port}' }
`,
  )
  const serve = await startServe(['-c', configPath, '-b', '127.0.0.1:0'])
  try {
    const tell = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    await until('the worker is told of', async () =>
      /^changeover_workers\{role="primary"\} 1$/m.test(await tell()),
    )
    const text = await tell()
    expect(text).toMatch(/^changeover_store_versions\{model="name_question"\} 1$/m)
    expect(text).toMatch(/^changeover_process_restarts_total\{process="primary-0"\} 0$/m)
    expect(text).not.toMatch(/^changeover_gateway_/m)
  } finally {
    await serve.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})

describe.skipIf(missingComponents('prometheus'))('a real Prometheus', () => {
  let prometheus: Prometheus | undefined
  let load: Load | undefined

  afterEach(async () => {
    await load?.stop()
    await prometheus?.stop()
  })

  test('sees no counter fall through a deploy, kill -9 of a worker and of the supervisor, and a reload', async () => {
    prometheus = await startPrometheus(target)
    const { query } = prometheus
    const answered = `sum(changeover_gateway_requests_total{route="${routePath}"})`
    await until('the first request is scraped', async () => (await query(answered)) >= 1)
    const before = await query(answered)
    load = startLoad(stack.gateway + routePath, 2, () => body)

    const events = await stack.deploy(secondModel)
    expect(events.at(-1)).toMatchObject({ type: 'end', ok: true })
    await until(
      'the deploy is scraped',
      async () =>
        (await query('changeover_deploys_total{action="deploy",outcome="done"}')) === 1 &&
        (await query('changeover_predictions_total{version="1795419028"}')) > 0,
    )

    const { instances } = await stack.status()
    process.kill(instances[0]?.workers[0]?.pid ?? 0, 'SIGKILL')
    await until(
      'the restart is scraped',
      async () => (await query('changeover_process_restarts_total{process="primary-0"}')) === 1,
    )

    stack = await stack.superviseAnew()
    expect((await stack.cli('reload')).code).toBe(0)
    const outcomes = await load.stop()
    const count = (wanted: number): number => outcomes.filter(({ status }) => status === wanted).length
    // One that the killed worker had may be lost, as it is not sent to the last worker.
    expect(count(200) + count(503)).toBe(outcomes.length)
    expect(count(503)).toBeLessThanOrEqual(1)

    await until('every answer is scraped', async () => (await query(answered)) === before + outcomes.length)
    expect(await query(`sum(changeover_gateway_requests_total{route="${routePath}",status="2xx"})`)).toBe(
      before + count(200),
    )
    expect(await query('changeover_gateway_requests_lost_total')).toBe(count(503))
    expect(await query('sum(changeover_worker_requests_total{status!="2xx"})')).toBe(0)
    for (const name of countersOf(readMetricsTable()))
      expect([name, await query(`max(resets(${name}[10m]))`)]).toEqual([name, 0])
    // They are from before the supervisor that tells them.
    expect(await query('changeover_deploys_total{action="deploy",outcome="done"}')).toBe(1)
    expect(await query('changeover_process_restarts_total{process="primary-0"}')).toBe(1)
    // What the killed worker had counted since it was asked last is lost, and no more.
    const predictions = await query('sum(changeover_predictions_total)')
    expect(predictions).toBeGreaterThan((before + outcomes.length) * 0.5)
    expect(predictions).toBeLessThanOrEqual(before + outcomes.length)
  })
})
