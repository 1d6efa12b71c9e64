import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { exampleRequests, readRequests } from '../harness/load/index.ts'
import { chooseModels } from '../harness/models/choose-models.ts'
import { exampleFolder } from '../harness/models/example-models.ts'
import { createRandom } from '../harness/random.ts'
import type { Component } from '../harness/real-components.ts'
import { missingComponents } from '../harness/real-components.ts'
import { cliFile } from '../harness/stacks/our-stack.ts'
import { checkRequirements } from '../harness/stacks/requirements.ts'
import { loadConfig } from '../src/config/index.ts'
import { toMessage } from '../src/contracts/index.ts'
import type { Drill } from './drills/index.ts'
import { drillsThrough } from './drills/index.ts'
import type { DrillOptions } from './options.ts'
import { parseOptions } from './options.ts'
import type { DrillReport } from './report/describe-run.ts'
import { formatReport } from './report/format-report.ts'
import type { DrillSettings } from './run-drill.ts'
import { runDrill } from './run-drill.ts'
import type { Front } from './stacks/front-door.ts'

const exitCodes = { broken: 1, usage: 2, interrupted: 130 } as const

const exampleConfig = join(exampleFolder, 'changeover.yaml')

const say = (text: string): void => void process.stderr.write(`drill: ${text}\n`)

/** Runs the drills that the command line names, one after the other; true where all of them kept the promise. */
async function runAll(options: DrillOptions, signal: AbortSignal): Promise<boolean> {
  const isExample = options.configPath === undefined
  const { config } = await loadConfig(options.configPath ?? exampleConfig)
  const front = options.front ?? (config.gateway.kind === 'nginx' ? 'nginx' : 'gateway')
  checkPrograms(options, front)
  const requests =
    options.requestsPath === undefined
      ? exampleRequests(createRandom(options.seed))
      : readRequests(options.requestsPath)
  let allKept = true
  for (const drill of drillsThrough(front, options.drills)) {
    signal.throwIfAborted()
    say(`${drill.name}, seed ${options.seed}`)
    const report = await runOne(drill, { ...options, front, isExample, config, requests, signal, say })
    process.stdout.write(options.isJson ? `${JSON.stringify(report)}\n` : formatReport(report))
    allKept &&= report.changeover.kept
  }
  return allKept
}

/** Runs a drill in a folder that is removed afterwards. */
async function runOne(drill: Drill, settings: Omit<DrillSettings, 'folder' | 'model'>): Promise<DrillReport> {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-drill-'))
  // nginx's workers run as a user of their own where it was started by root.
  chmodSync(folder, 0o755)
  try {
    const model = chooseModels(settings.config, join(folder, 'models'))
    if (model.isCopy && drill.needsBoth)
      say(`there is one version of ${model.model} alone; a copy of it serves as the other`)
    return await runDrill(drill, { ...settings, folder, model })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Throws an error that names the Debian packages that are missing. */
function checkPrograms({ withCourse, isUnderSupervisord }: DrillOptions, front: Front): void {
  if (withCourse) checkRequirements()
  const needed: Component[] = []
  if (front !== 'gateway') needed.push('nginx')
  if (isUnderSupervisord) needed.push('supervisor')
  const missing = missingComponents(...needed)
  if (missing !== false) throw new Error(`${missing}; apt-get install ${needed.join(' ')}`)
}

/** An interrupted drill ends as any other does: it removes its processes and folders before it exits. */
async function runToEnd(options: DrillOptions): Promise<void> {
  const interruption = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => interruption.abort(new Error(`interrupted by ${name}`)))
  try {
    if (!existsSync(cliFile)) throw new Error('the program is not built: npm run build')
    if (!(await runAll(options, interruption.signal))) process.exitCode = exitCodes.broken
  } catch (error) {
    const cause: unknown = interruption.signal.aborted ? interruption.signal.reason : error
    say(toMessage(cause))
    process.exitCode = interruption.signal.aborted ? exitCodes.interrupted : exitCodes.usage
  }
}

try {
  await runToEnd(parseOptions(process.argv.slice(2), () => Date.now() % 1_000_000))
} catch (error) {
  say(toMessage(error))
  process.exitCode = exitCodes.usage
}
