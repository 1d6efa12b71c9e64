import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'

import { exampleFolder } from '../../harness/models/example-models.ts'
import { checkLoadRequirements } from '../../harness/stacks/requirements.ts'
import { median, sum } from '../../harness/statistics.ts'
import { measureIdleShare, warnOfNoise } from '../tutorial/idle-share.ts'
import { say } from '../tutorial/report.ts'
import type { LoadFigures } from '../tutorial/wrk.ts'
import { sendAll, writeScript } from '../tutorial/wrk.ts'
import { measureFirstAnswer } from './first-answer.ts'
import { formatMetricsCost, measureMetricsCost } from './metrics-cost.ts'
import { formatProtocols, measureProtocols } from './protocols.ts'
import type { Targets } from './targets.ts'
import { startTargets } from './targets.ts'

const settings = { connections: 32, rounds: 7, roundSeconds: 3, warmSeconds: 2 } as const

const route = '/v1/is_name_question/'

const targetNames = ['bare', 'gateway', 'instance'] as const

type Round = Readonly<Record<(typeof targetNames)[number], LoadFigures>>

/** What the roads cost: a constant service behind the gateway and on its own port, against bare `node:http` that does the same. */
export async function runGateway(signal: AbortSignal): Promise<object> {
  checkLoadRequirements()
  const idleBefore = await measureIdleShare(signal)
  const folder = mkdtempSync(join(tmpdir(), 'changeover-bench-'))
  try {
    const rounds = await measureRoads(folder, signal)
    const figures = summarize(rounds)
    say(formatFigures(figures))
    const protocols = await measureProtocols(folder, signal)
    say(formatProtocols(protocols.figures))
    const body = readFileSync(join(exampleFolder, 'request.json'), 'utf8')
    const script = writeScript(folder, body)
    const cost = await measureMetricsCost({ folder, script, route }, signal)
    say(formatMetricsCost(cost.figures))
    const { raw: starts, ...firstAnswer } = await measureFirstAnswer({ folder, body, route }, signal)
    const idleShares = [idleBefore, await measureIdleShare(signal)]
    warnOfNoise(idleShares)
    return {
      ...figures,
      ...protocols.figures,
      ...cost.figures,
      ...firstAnswer,
      failed: figures.failed + cost.figures.failed,
      raw: {
        settings,
        machine: { cores: cpus().length, idleShares },
        rounds,
        protocols: protocols.raw,
        metrics: cost.raw,
        starts,
      },
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureRoads(folder: string, signal: AbortSignal): Promise<Round[]> {
  const body = readFileSync(join(exampleFolder, 'request.json'), 'utf8')
  const script = writeScript(folder, body)
  const targets = await startTargets(folder, signal)
  try {
    for (const name of targetNames) await checkAnswer(targets[name], body, signal)
    return await measureInTurns(targets, script, signal)
  } finally {
    await targets.stop()
  }
}

async function measureInTurns(targets: Targets, script: string, signal: AbortSignal): Promise<Round[]> {
  const { connections, roundSeconds, warmSeconds } = settings
  const load = (address: string, seconds: number): Promise<LoadFigures> =>
    sendAll({ url: address + route, connections, seconds, script, signal })
  for (const name of targetNames) await load(targets[name], warmSeconds)
  const rounds: Round[] = []
  while (rounds.length < settings.rounds) {
    say(`round ${rounds.length + 1} of ${settings.rounds}`)
    rounds.push({
      bare: await load(targets.bare, roundSeconds),
      gateway: await load(targets.gateway, roundSeconds),
      instance: await load(targets.instance, roundSeconds),
    })
  }
  return rounds
}

/** The ratios are medians over the rounds of the ratio within a round: what disturbs one round meets all three. */
function summarize(rounds: readonly Round[]) {
  const rate = (name: keyof Round): number => median(rounds.map((round) => round[name].requestsPerSecond))
  const over = (name: keyof Round): number =>
    median(rounds.map((round) => round[name].requestsPerSecond / round.bare.requestsPerSecond))
  return {
    gateway_over_bare: over('gateway'),
    instance_over_bare: over('instance'),
    rps_bare: rate('bare'),
    rps_gateway: rate('gateway'),
    rps_instance: rate('instance'),
    p99_bare_ms: median(rounds.map(({ bare }) => bare.p99Ms)),
    p99_gateway_ms: median(rounds.map(({ gateway }) => gateway.p99Ms)),
    p99_instance_ms: median(rounds.map(({ instance }) => instance.p99Ms)),
    failed: sum(rounds.flatMap((round) => Object.values(round).map(({ failed }) => failed))),
  }
}

function formatFigures(f: ReturnType<typeof summarize>): string {
  const row = (what: string, rps: number, p99Ms: number, ratio: number): string =>
    what.padEnd(24) + [rps.toFixed(0), p99Ms.toFixed(1), ratio.toFixed(3)].map((v) => v.padStart(12)).join('')
  return [
    `\n${settings.connections} connections`.padEnd(25) + '  requests/s     p99, ms   over bare',
    row('bare node:http', f.rps_bare, f.p99_bare_ms, 1),
    row('through the gateway', f.rps_gateway, f.p99_gateway_ms, f.gateway_over_bare),
    row('straight to an instance', f.rps_instance, f.p99_instance_ms, f.instance_over_bare),
  ].join('\n')
}

/** Throws where a target does not give the answer that all of them must: it would be compared for nothing. */
async function checkAnswer(address: string, body: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(address + route, { method: 'POST', body, signal })
  const answer = await response.text()
  if (response.status !== 200 || answer !== '5')
    throw new Error(`${address} answers ${response.status} “${answer}” where 200 “5” is right`)
}
