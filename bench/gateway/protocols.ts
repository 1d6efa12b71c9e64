import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { exampleFolder } from '../../harness/models/example-models.ts'
import { firstModel } from '../../harness/paths.ts'
import type { Program } from '../../harness/processes.ts'
import { freePorts, startProgram, stopProgram } from '../../harness/processes.ts'
import { startChangeover } from '../../harness/stacks/our-stack.ts'
import { median, sum } from '../../harness/statistics.ts'
import { jitiFile } from '../jiti-file.ts'
import type { PacedFigures } from '../tutorial/paced-load.ts'
import { figuresOf, sendPaced } from '../tutorial/paced-load.ts'
import { say } from '../tutorial/report.ts'
import type { LoadFigures } from '../tutorial/wrk.ts'
import { sendAll, writeScript } from '../tutorial/wrk.ts'
import { formatGrpc, measureGrpc } from './grpc.ts'

const settings = {
  connections: 32,
  rounds: 7,
  roundSeconds: 3,
  warmSeconds: 2,
  singlesPerSecond: 100,
  batchTexts: 10_000,
  batchSeconds: 5,
  batchWarmMs: 500,
} as const

const here = dirname(fileURLToPath(import.meta.url))

const route = '/label'
const inferPath = '/v2/models/name_question/infer'

type Round = { readonly own: LoadFigures; readonly v2: LoadFigures }
type BatchRound = { readonly alone: PacedFigures; readonly beside: PacedFigures; readonly batches: number }

export type Protocols = Awaited<ReturnType<typeof measureProtocols>>

/** What a protocol costs, compared with a service's own route; and what small requests notice of large batches. */
export async function measureProtocols(folder: string, signal: AbortSignal) {
  const service = join(here, 'predict-service.ts')
  const models = { name_question: { initial: firstModel, tokenizer: 'jieba' } }
  const stackFolder = join(folder, 'protocols')
  mkdirSync(stackFolder)
  const [grpcPort = 0] = await freePorts(1)
  const grpc = { bind: `127.0.0.1:${grpcPort}` }
  const { gateway, stop } = await startChangeover(stackFolder, { service, models, grpc }, signal)
  try {
    const rounds = await measureInTurns(gateway, folder, signal)
    const overGrpc = await measureGrpc({
      url: gateway + inferPath,
      grpcAddress: grpc.bind,
      body: inferBody(readTexts(1)),
      text: readTexts(1).join(''),
      signal,
    })
    const batchRounds = await measureBatches(gateway, folder, signal)
    const ratio = ({ own, v2 }: Round): number => v2.requestsPerSecond / own.requestsPerSecond
    return {
      figures: {
        v2_over_own: median(rounds.map(ratio)),
        rps_own: median(rounds.map(({ own }) => own.requestsPerSecond)),
        rps_v2: median(rounds.map(({ v2 }) => v2.requestsPerSecond)),
        batch_beside_ratio: median(batchRounds.map(({ alone, beside }) => beside.p99Ms / alone.p99Ms)),
        p99_alone_ms: median(batchRounds.map(({ alone }) => alone.p99Ms)),
        p99_beside_batches_ms: median(batchRounds.map(({ beside }) => beside.p99Ms)),
        ...overGrpc.figures,
        protocols_failed:
          sum(rounds.flatMap(({ own, v2 }) => [own.failed, v2.failed])) +
          sum(batchRounds.flatMap(({ alone, beside }) => [alone.failed, beside.failed])),
      },
      raw: { settings, rounds, overGrpc: overGrpc.raw, batchRounds },
    }
  } finally {
    await stop()
  }
}

async function measureInTurns(gateway: string, folder: string, signal: AbortSignal): Promise<Round[]> {
  const { connections, roundSeconds, warmSeconds } = settings
  const [text = ''] = readTexts(1)
  const requests = {
    own: { url: gateway + route, script: writeScript(folder, JSON.stringify({ text }), 'own.lua') },
    v2: { url: gateway + inferPath, script: writeScript(folder, inferBody([text]), 'v2.lua') },
  }
  const load = (name: keyof typeof requests, seconds: number): Promise<LoadFigures> =>
    sendAll({ ...requests[name], connections, seconds, signal })
  await load('own', warmSeconds)
  await load('v2', warmSeconds)
  const rounds: Round[] = []
  while (rounds.length < settings.rounds) {
    say(`protocols: round ${rounds.length + 1} of ${settings.rounds}`)
    rounds.push({ own: await load('own', roundSeconds), v2: await load('v2', roundSeconds) })
  }
  return rounds
}

async function measureBatches(gateway: string, folder: string, signal: AbortSignal): Promise<BatchRound[]> {
  const url = gateway + inferPath
  const body = inferBody(readTexts(1))
  const expected = await (await fetch(url, { method: 'POST', body, signal })).text()
  const { singlesPerSecond: perSecond, batchSeconds: seconds, batchTexts } = settings
  const singles = async (): Promise<PacedFigures> =>
    figuresOf(await sendPaced({ url, body, expected, perSecond, seconds, signal }))
  const bodyFile = join(folder, 'batch.json')
  writeFileSync(bodyFile, inferBody(readTexts(batchTexts)))
  await requireLabels(url, bodyFile, signal)
  const rounds: BatchRound[] = []
  while (rounds.length < settings.rounds) {
    say(`batches: round ${rounds.length + 1} of ${settings.rounds}`)
    const alone = await singles()
    const logFile = join(folder, `batches-${rounds.length}.log`)
    const args = [jitiFile, join(here, 'batch-sender.ts'), url, bodyFile]
    const sender = startProgram({ command: process.execPath, args, logFile, signal })
    try {
      await sleep(settings.batchWarmMs, undefined, { signal })
      rounds.push({ alone, beside: await singles(), batches: await endSender(sender) })
    } finally {
      await stopProgram(sender)
    }
  }
  return rounds
}

/** How many batches it has sent. Throws with what it says if one was not answered rightly. */
async function endSender(sender: Program): Promise<number> {
  await stopProgram(sender)
  const said = readFileSync(sender.logFile, 'utf8')
  if (sender.child.exitCode !== 0 || !/^\d+\n$/.test(said))
    throw new Error(`the sender of batches failed: ${said}`)
  return Number(said)
}

/** Throws if a batch is not answered with a label for each text. */
async function requireLabels(url: string, bodyFile: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, { method: 'POST', body: readFileSync(bodyFile), signal })
  const answer = (await response.json()) as { outputs?: { data: unknown[] }[] }
  if (answer.outputs?.[0]?.data.length !== settings.batchTexts)
    throw new Error(`a batch of ${settings.batchTexts} texts is answered with ${response.status}`)
}

function inferBody(texts: readonly string[]): string {
  const input = { name: 'text', datatype: 'BYTES', shape: [texts.length], data: texts }
  return JSON.stringify({ inputs: [input] })
}

/** Texts of the example's test corpus, over and over. */
function readTexts(count: number): string[] {
  const lines = readFileSync(join(exampleFolder, 'corpus/test.txt'), 'utf8').trim().split('\n')
  return Array.from({ length: count }, (_, i) => lines[i % lines.length]?.replace(/^\S+ /, '') ?? '')
}

export function formatProtocols(f: Protocols['figures']): string {
  return [
    `\none text: a service's route ${f.rps_own.toFixed(0)}/s, V2 ${f.rps_v2.toFixed(0)}/s, ratio ${f.v2_over_own.toFixed(3)}`,
    formatGrpc(f),
    `p99 of single requests: ${f.p99_alone_ms.toFixed(1)} ms, beside batches of ${settings.batchTexts} texts ${f.p99_beside_batches_ms.toFixed(1)} ms, ratio ${f.batch_beside_ratio.toFixed(1)}`,
  ].join('\n')
}
