import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { freePorts } from '../../harness/processes.ts'
import type { RunningChangeover } from '../../harness/stacks/our-stack.ts'
import { startChangeover } from '../../harness/stacks/our-stack.ts'
import { median, sum } from '../../harness/statistics.ts'
import { say } from '../tutorial/report.ts'
import type { LoadFigures } from '../tutorial/wrk.ts'
import { sendAll } from '../tutorial/wrk.ts'
import { copyWithoutMetrics } from './without-metrics.ts'

const settings = { connections: 32, rounds: 9, roundSeconds: 3, warmSeconds: 2, scrapeMs: 1_000 } as const

export type MetricsCost = {
  readonly figures: {
    readonly metrics_cost_ratio: number
    readonly rps_metrics: number
    readonly failed: number
  }
  readonly raw: readonly Round[]
}

type Round = { readonly on: LoadFigures; readonly off: LoadFigures }

/**
 * What metrics and the access log cost: the program as it is, with both and a scrape each second, against a copy of the same build
 * whose counting is taken out, without an access log.
 */
export async function measureMetricsCost(
  { folder, script, route }: { readonly folder: string; readonly script: string; readonly route: string },
  signal: AbortSignal,
): Promise<MetricsCost> {
  const [scrapePort = 0] = await freePorts(1)
  const start = async (name: 'on' | 'off'): Promise<RunningChangeover> => {
    const own = join(folder, `metrics-${name}`)
    mkdirSync(own)
    const service = join(dirname(fileURLToPath(import.meta.url)), 'constant-service.ts')
    const metrics = name === 'on' ? { metrics: { bind: `127.0.0.1:${scrapePort}` } } : {}
    const program =
      name === 'on'
        ? { flags: ['--access-logfile', join(own, 'access.log')] }
        : { cli: copyWithoutMetrics(own) }
    return startChangeover(own, { service, models: {}, ...metrics }, signal, program)
  }
  const on = await start('on')
  const scrape = setInterval(() => {
    // A scrape that fails is seen below.
    fetch(`http://127.0.0.1:${scrapePort}/metrics`).catch(() => undefined)
  }, settings.scrapeMs)
  try {
    const off = await start('off')
    try {
      const rounds = await measureInTurns(
        { on: on.gateway + route, off: off.gateway + route },
        script,
        signal,
      )
      await checkCounted(scrapePort, route)
      return { figures: summarize(rounds), raw: rounds }
    } finally {
      await off.stop()
    }
  } finally {
    clearInterval(scrape)
    await on.stop()
  }
}

async function measureInTurns(
  urls: { readonly on: string; readonly off: string },
  script: string,
  signal: AbortSignal,
): Promise<Round[]> {
  const { connections, roundSeconds, warmSeconds } = settings
  const load = (url: string, seconds: number): Promise<LoadFigures> =>
    sendAll({ url, connections, seconds, script, signal })
  for (const url of [urls.on, urls.off]) await load(url, warmSeconds)
  const rounds: Round[] = []
  while (rounds.length < settings.rounds) {
    say(`metrics, round ${rounds.length + 1} of ${settings.rounds}`)
    // Whoever comes second finds a machine that is warmer.
    if (rounds.length % 2 === 0) {
      const on = await load(urls.on, roundSeconds)
      rounds.push({ on, off: await load(urls.off, roundSeconds) })
    } else {
      const off = await load(urls.off, roundSeconds)
      rounds.push({ on: await load(urls.on, roundSeconds), off })
    }
  }
  return rounds
}

/** Throws if the program that is said to count did not. */
async function checkCounted(port: number, route: string): Promise<void> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const counted = new RegExp(
    `^changeover_gateway_requests_total\\{.*route="${route}".*status="2xx"\\} [1-9]`,
    'm',
  )
  if (!counted.test(text)) throw new Error('the metrics do not have the requests that were sent')
}

function summarize(rounds: readonly Round[]): MetricsCost['figures'] {
  return {
    metrics_cost_ratio: median(rounds.map(({ on, off }) => on.requestsPerSecond / off.requestsPerSecond)),
    rps_metrics: median(rounds.map(({ on }) => on.requestsPerSecond)),
    failed: sum(rounds.flatMap(({ on, off }) => [on.failed, off.failed])),
  }
}

export function formatMetricsCost({
  metrics_cost_ratio: ratio,
  rps_metrics: rps,
}: MetricsCost['figures']): string {
  return `\nwith metrics and an access log: ${rps.toFixed(0)} requests/s, ${ratio.toFixed(3)} of those without`
}
