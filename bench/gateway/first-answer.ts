import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { exampleFolder } from '../../harness/models/example-models.ts'
import { firstModel } from '../../harness/paths.ts'
import { freePorts, startProgram, stopProgram } from '../../harness/processes.ts'
import { cliFile, startChangeover } from '../../harness/stacks/our-stack.ts'
import { median } from '../../harness/statistics.ts'
import { say } from '../tutorial/report.ts'

const starts = 7
const lookMs = 2
const maxStartMs = 60_000

/** From `changeover up` to the first answer of the course's service through the gateway, with its model in the store. */
export async function measureFirstAnswer(
  { folder, body, route }: { readonly folder: string; readonly body: string; readonly route: string },
  signal: AbortSignal,
): Promise<{ readonly start_to_first_answer_ms: number; readonly raw: readonly number[] }> {
  const own = join(folder, 'first-answer')
  mkdirSync(own)
  const settings = {
    service: join(exampleFolder, 'service.ts'),
    models: { name_question: { initial: firstModel, tokenizer: 'jieba' } },
  }
  // The first start publishes the model, and compiles the service.
  const first = await startChangeover(own, settings, signal)
  await first.stop()
  const raw: number[] = []
  while (raw.length < starts)
    raw.push(await startOnce({ folder: own, data: first.data, settings, body, route }, signal))
  const figure = median(raw)
  say(`\nfrom the start to the first answer: ${figure.toFixed(0)} ms`)
  return { start_to_first_answer_ms: figure, raw }
}

type Start = {
  readonly folder: string
  readonly data: string
  readonly settings: object
  readonly body: string
  readonly route: string
}

async function startOnce(
  { folder, data, settings, body, route }: Start,
  signal: AbortSignal,
): Promise<number> {
  const [primary = 0, backup = 0, gateway = 0] = await freePorts(3)
  const path = join(folder, 'again.yaml')
  const bind = (port: number) => ({ bind: `127.0.0.1:${port}` })
  writeFileSync(
    path,
    JSON.stringify({
      ...settings,
      data,
      primary: bind(primary),
      backup: bind(backup),
      gateway: bind(gateway),
    }),
  )
  const args = [cliFile, 'up', '--config', path]
  const begunMs = performance.now()
  const program = startProgram({
    command: process.execPath,
    args,
    logFile: join(folder, 'again.log'),
    signal,
  })
  try {
    for (;;) {
      const url = `http://127.0.0.1:${gateway}${route}`
      const response = await fetch(url, { method: 'POST', body, signal }).catch(() => undefined)
      if (response?.ok === true) {
        await response.text()
        return performance.now() - begunMs
      }
      if (performance.now() - begunMs > maxStartMs)
        throw new Error('the stack did not answer within a minute')
      await sleep(lookMs, undefined, { signal })
    }
  } finally {
    await stopProgram(program)
  }
}
