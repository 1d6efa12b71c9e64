import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { dataPaths } from '../../src/config/index.ts'
import type { DeployEvent } from '../../src/contracts/index.ts'
import { createControlClient } from '../../src/control-api/index.ts'
import { readRecord } from '../../src/traffic-sample/index.ts'
import type { KnownAnswers, KnownFigures } from '../load/known-answers.ts'
import { startKnownLoad } from '../load/known-answers.ts'
import type { LabelModel } from '../models/label-models.ts'
import { labelLines, trainLabelModels } from '../models/label-models.ts'
import type { ProcessPeaks } from '../process-peaks.ts'
import { watchPeaks } from '../process-peaks.ts'
import { predictReference } from '../reference-fasttext.ts'
import { percentile } from '../statistics.ts'
import { until } from '../until.ts'
import { startChangeover } from './our-stack.ts'

const labelRoute = '/topic'

const service = `import { defineService, Type } from 'changeover'

export default defineService((routes) => {
  routes.predict(
    '${labelRoute}',
    { body: Type.Object({ text: Type.String() }), examples: [{ body: { text: 'line1 word1' } }] },
    ({ body, model }) => ({ label: model('topic').top(body.text)?.label }),
  )
})
`

const askedTexts = 200
const goldenLines = 500
const lookMs = 20

/** What a whole deploy of such a model cost: publish, gates, rollout and the way back, under light load. */
export type WholeDeploy = {
  /** From the start of `up` with the first version as its initial file to the first answer. */
  readonly startMs: number
  readonly deployMs: number
  readonly rollbackMs: number
  /** Each step of the deploy. */
  readonly steps: Readonly<Record<string, number>>
  readonly load: Pick<KnownFigures, 'sent' | 'wrong'> & { readonly p99Ms: number; readonly maxMs: number }
  /** The longest time that the supervisor let somebody wait meanwhile who asked for what it has not. */
  readonly longestStallMs: number
  /** In MiB, by process. */
  readonly peaks: ProcessPeaks
  /** In bytes. */
  readonly sizes: Readonly<Record<'source' | 'compiled' | 'manifest' | 'gates' | 'events', number>>
  readonly events: readonly DeployEvent[]
}

export type WholeDeployOptions = {
  readonly folder: string
  readonly perSecond: number
  readonly bakeMs: number
  readonly signal: AbortSignal
  /** Called while the stack runs, after the way back. */
  readonly after?: (stack: { readonly configPath: string; readonly folder: string }) => Promise<void>
}

/** Trains two versions of a model, starts a stack with the first, deploys the second under load, and goes back. */
export async function deployLabelModel(
  model: LabelModel,
  { folder, perSecond, bakeMs, signal, after }: WholeDeployOptions,
): Promise<WholeDeploy> {
  mkdirSync(folder, { recursive: true })
  const files = trainLabelModels(model, 'topic', folder)
  const lines = labelLines(model)
  const chosen = Array.from(
    { length: askedTexts },
    (_, i) => lines[Math.floor((i * lines.length) / askedTexts)] ?? '',
  )
  const texts = chosen.map((line) => line.replace(/^(?:__label__\S+ )+/, ''))
  writeFileSync(join(folder, 'service.ts'), service)
  writeFileSync(join(folder, 'golden.txt'), lines.slice(0, goldenLines).join('\n'))
  const begunMs = performance.now()
  const stack = await startChangeover(
    folder,
    {
      service: join(folder, 'service.ts'),
      models: {
        topic: {
          initial: files[0],
          tokenizer: 'whitespace',
          record: { share: 1 },
          gates: { golden: { file: join(folder, 'golden.txt'), minAccuracy: 0 } },
        },
      },
      rollout: { bakeMs },
    },
    signal,
  )
  const startMs = performance.now() - begunMs
  const peaks = watchPeaks(stack.pid)
  try {
    const control = createControlClient(dataPaths(stack.data).controlSocket)
    const load = startKnownLoad({
      url: stack.gateway + labelRoute,
      bodies: texts.map((text) => JSON.stringify({ text })),
      answers: learnAnswers(files, texts),
      perSecond,
    })
    // Workers write down what they are asked now and then; the gate agreement needs some of it.
    await until('texts are recorded', () => readRecord(dataPaths(stack.data).record, 'topic', 1).length > 0)
    const stalls = watchStalls(dataPaths(stack.data).controlSocket)
    const deploy = await follow(control.deploy({ target: files[1] }))
    const back = await follow(control.rollback({ model: 'topic' }))
    const longestStallMs = await stalls.stop()
    const { sent, wrong, tookMs } = await load.stop()
    await after?.({ configPath: join(folder, 'changeover.yaml'), folder })
    const version = join(dataPaths(stack.data).store, 'models/topic/versions', versionOf(files[1]))
    const sizeOf = (name: string): number =>
      existsSync(join(version, name)) ? statSync(join(version, name)).size : 0
    return {
      startMs,
      deployMs: deploy.tookMs,
      rollbackMs: back.tookMs,
      steps: Object.fromEntries(
        deploy.events.flatMap((event) =>
          event.type === 'step' && event.state !== 'started' ? [[event.step, event.durationMs]] : [],
        ),
      ),
      load: { sent, wrong, p99Ms: percentile(tookMs, 0.99), maxMs: percentile(tookMs, 1) },
      longestStallMs,
      peaks: peaks.stop(),
      sizes: {
        source: sizeOf('source.bin'),
        compiled: sizeOf('compiled.bin'),
        manifest: sizeOf('manifest.json'),
        gates: sizeOf('gates.json'),
        events: JSON.stringify(deploy.events).length,
      },
      events: [...deploy.events, ...back.events],
    }
  } finally {
    peaks.stop()
    await stack.stop()
  }
}

function versionOf(file: string): string {
  return basename(file, '.bin').replace(/^.*_/, '')
}

/** What the reference answers. */
function learnAnswers(files: readonly string[], texts: readonly string[]): KnownAnswers {
  const answers = files.map((file) => {
    const labels = predictReference(file, texts, 1).map(([best]) => JSON.stringify({ label: best?.label }))
    return [`topic@${versionOf(file)}`, labels] as const
  })
  return Object.fromEntries(answers)
}

async function follow(
  events: AsyncIterable<DeployEvent>,
): Promise<{ readonly events: readonly DeployEvent[]; readonly tookMs: number }> {
  const begunMs = performance.now()
  const seen: DeployEvent[] = []
  let tookMs = NaN
  for await (const event of events) {
    seen.push(event)
    tookMs = performance.now() - begunMs
  }
  return { events: seen, tookMs }
}

/** Asks the supervisor for a route that it does not have, again and again: that waits for its event loop alone. Resolves to the longest wait. */
function watchStalls(socketPath: string): { readonly stop: () => Promise<number> } {
  let stopped = false
  let longestMs = 0
  const run = async (): Promise<void> => {
    while (!stopped) {
      const begunMs = performance.now()
      await askNothing(socketPath)
      longestMs = Math.max(longestMs, performance.now() - begunMs)
      await sleep(lookMs)
    }
  }
  const running = run()
  return {
    stop: async () => {
      stopped = true
      await running
      return longestMs
    },
  }
}

function askNothing(socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: '/nothing', agent: false }, (response) => {
      response.resume().once('end', resolve)
    })
    asked.once('error', reject).end()
  })
}
