import { performance } from 'node:perf_hooks'

import type { ModelGates } from '../../config/schema/index.ts'
import type { GatekeeperMessage, GatekeeperStart, GateName, ModelVersion } from '../../contracts/index.ts'
import { gateNames, toMessage } from '../../contracts/index.ts'
import { createLabelTest } from '../../engine/fasttext/index.ts'
import type { LoadedModel } from '../../store/index.ts'
import { canShareMemory, createTokenizers, loadVersion, readManifest } from '../../store/index.ts'
import { readRecord } from '../../traffic-sample/index.ts'
import type {
  ComparedText,
  Contract,
  GoldenLimits,
  LongText,
  MemoryForecast,
  Verdict,
} from '../judge/index.ts'
import {
  compareAnswers,
  describeOnlyLabel,
  findOnlyLabel,
  findTrialFaults,
  forecastMemory,
  judge,
  judgeAgreement,
  judgeContract,
  judgeCost,
  judgeGolden,
  skip,
  trialTexts,
} from '../judge/index.ts'
import { memoryFiles, readMemoryLeft } from './memory-left.ts'
import type { GoldenLine } from './read-golden-set.ts'
import { readGoldenSet } from './read-golden-set.ts'
import { timePredictions } from './time-predictions.ts'

/** The newest recorded texts that are asked, and how long: what a prediction costs depends on the model. */
const recordedTexts = 20_000
const longestAgreementMs = 10_000

/** The texts whose time is measured, for how long; shorter where nothing depends on it. */
const timedTexts = 200
const longTextCharacters = 100_000
const timingMs = { decisive: 200, figureOnly: 20 }

/** What the gates after the first work on. */
type Trial = {
  readonly start: GatekeeperStart
  readonly after: LoadedModel
  /** The active version, or why there is nothing to compare with. */
  readonly before: LoadedModel | string
  /** The golden set, or what comes of the gate without one. */
  readonly golden: { readonly lines: readonly GoldenLine[]; readonly limits: GoldenLimits } | Verdict
  readonly recorded: readonly string[]
  readonly forecast: MemoryForecast
}

/**
 * Puts a version through its gates and says what came of each. A version that would not fit into memory is not loaded, one that
 * is not whole is not asked anything more; after any other failure the rest are tried too, so that all is said at once.
 */
export function runGates(
  start: GatekeeperStart,
  tell: (message: GatekeeperMessage) => void,
  files = memoryFiles,
): void {
  const report = (gate: GateName, verdict: Verdict): void =>
    tell({ type: 'report', report: { gate, ...verdict, outcome: outcomeOf(gate, verdict, start.force) } })
  const forecast = forecastRollout(start, readMemoryLeft(files))
  if (!forecast.fits && !start.force && !start.wholeOnly) {
    tell({ type: 'started', gate: 'cost' })
    report('cost', judge([`${forecast.sentence}: it was not loaded`], '', { ...forecast }))
    tell({ type: 'ended' })
    return
  }

  tell({ type: 'started', gate: 'whole' })
  const { verdict, loaded } = tryWhole(start)
  report('whole', verdict)
  if (loaded !== undefined && !start.wholeOnly) {
    const trial = prepareTrial(start, loaded, forecast)
    for (const gate of gateNames) {
      if (gate === 'whole') continue
      tell({ type: 'started', gate })
      report(
        gate,
        attempt(() => gates[gate](trial)),
      )
    }
  }
  tell({ type: 'ended' })
}

const gates: Readonly<Record<Exclude<GateName, 'whole'>, (trial: Trial) => Verdict>> = {
  contract: passContract,
  golden: passGolden,
  agreement: passAgreement,
  cost: passCost,
}

function outcomeOf(gate: GateName, { outcome }: Verdict, force: boolean): Verdict['outcome'] | 'overridden' {
  return outcome === 'failed' && force && gate !== 'whole' ? 'overridden' : outcome
}

/** A gate that cannot do its work has failed, and says why. */
function attempt(gate: () => Verdict): Verdict {
  try {
    return gate()
  } catch (error) {
    return judgeError(error)
  }
}

function judgeError(error: unknown): Verdict {
  return judge([toMessage(error)], '', {})
}

function forecastRollout(
  { storePath, target, loaded, loadingProcesses }: GatekeeperStart,
  limits: ReturnType<typeof readMemoryLeft>,
): MemoryForecast {
  return forecastMemory(
    {
      compiledBytes: compiledSize(storePath, target),
      copies: canShareMemory ? 1 : loadingProcesses,
      mappedBytes: canShareMemory
        ? loaded.reduce((sum, version) => sum + compiledSize(storePath, version), 0)
        : 0,
    },
    limits,
  )
}

/** None for a version that is damaged: it is not loaded, and whoever tries to says why. */
function compiledSize(storePath: string, version: ModelVersion): number {
  try {
    return readManifest(storePath, version).compiled.sizeBytes
  } catch {
    return 0
  }
}

/** The first load of a version, and its first answers. */
function tryWhole({ storePath, target, selfTest, trustedKeys }: GatekeeperStart): {
  readonly verdict: Verdict
  readonly loaded?: LoadedModel
} {
  const texts = [...trialTexts, ...selfTest.map(({ text }) => text)]
  const begunMs = performance.now()
  try {
    const loaded = loadVersion(storePath, target, createTokenizers(), trustedKeys)
    const loadMs = performance.now() - begunMs
    const verdict = judge(
      texts.flatMap((text) => findTrialFaults(loaded.requireNumbers, text)),
      `loads in ${loadMs.toFixed(1)} ms, and answers ${texts.length} texts with finite numbers${describeOnlyLabel(findOnlyLabel(texts.map(loaded.top)))}`,
      { loadMs, texts: texts.length },
    )
    return verdict.outcome === 'passed' ? { verdict, loaded } : { verdict }
  } catch (error) {
    return { verdict: judgeError(error) }
  }
}

function prepareTrial(start: GatekeeperStart, after: LoadedModel, forecast: MemoryForecast): Trial {
  const { gates, recordFolder, target } = start
  const before = openActive(start)
  const labels = [...after.predictor.labels, ...(typeof before === 'string' ? [] : before.predictor.labels)]
  return {
    start,
    after,
    before,
    golden: openGoldenSet(gates, labels),
    recorded: readRecord(recordFolder, target.model, recordedTexts),
    forecast,
  }
}

function openActive({
  storePath,
  target: { model },
  active,
  trustedKeys,
}: GatekeeperStart): LoadedModel | string {
  if (active === null) return 'no version serves yet to compare with'
  try {
    return loadVersion(storePath, { model, version: active }, createTokenizers(), trustedKeys)
  } catch (error) {
    return `nothing to compare with: ${toMessage(error)}`
  }
}

function openGoldenSet({ golden }: ModelGates, labels: readonly string[]): Trial['golden'] {
  if (golden === undefined) return skip('the configuration names no golden set')
  try {
    return { lines: readGoldenSet(golden.file, createLabelTest(labels)), limits: golden }
  } catch (error) {
    return judgeError(error)
  }
}

function passContract({ start, after, before }: Trial): Verdict {
  return judgeContract(
    describeContract(after),
    typeof before === 'string' ? null : describeContract(before),
    {
      required: start.gates.contract.labels,
      allow: start.allow,
    },
  )
}

function describeContract({
  manifest: { version, tokenizer },
  predictor: { labels },
}: LoadedModel): Contract {
  return { version, tokenizer, labels }
}

function passGolden({ after, before, golden }: Trial): Verdict {
  if ('outcome' in golden) return golden
  const active = typeof before === 'string' ? undefined : before
  const compared = golden.lines.map(({ text, truth }): ComparedText => ({
    text,
    truth,
    before: active?.top(text),
    after: after.top(text),
  }))
  return judgeGolden(
    compareAnswers(compared),
    active?.manifest.version ?? null,
    golden.limits,
    after.predictor.labels,
  )
}

function passAgreement({ start, after, before, recorded }: Trial): Verdict {
  if (typeof before === 'string') return skip(before)
  if (recorded.length === 0) return skip(`no text of ${start.target.model} is recorded`)
  const compared: ComparedText[] = []
  const endMs = performance.now() + longestAgreementMs
  for (const text of recorded.toReversed()) {
    compared.push({ text, truth: [], before: before.top(text), after: after.top(text) })
    if (performance.now() > endMs) break
  }
  return judgeAgreement(compareAnswers(compared), start.gates.agreement, recorded.length)
}

function passCost({ start, after, before, golden, recorded, forecast }: Trial): Verdict {
  const texts = [
    ...trialTexts,
    ...start.selfTest.map(({ text }) => text),
    ...('outcome' in golden ? [] : golden.lines.map(({ text }) => text)),
    ...recorded,
  ].slice(0, timedTexts)
  const { cost } = start.gates
  const active = typeof before === 'string' ? undefined : before
  const isDecisive = active !== undefined || cost.maxMicroseconds !== undefined
  const timings = timePredictions(after.top, active?.top, texts, {
    nowMs: () => performance.now(),
    usedMs: processorTimeMs,
    budgetMs: isDecisive ? timingMs.decisive : timingMs.figureOnly,
  })
  const longText = measureLongText(after, texts, start.loadingProcesses)
  return judgeCost(timings, after.manifest.compiled.sizeBytes, forecast, cost, longText)
}

/** With word n-grams of a hundred words a text takes a hundred times its words. */
function measureLongText({ top }: LoadedModel, texts: readonly string[], processes: number): LongText {
  const once = texts.join(' ')
  const text = once.repeat(Math.ceil(longTextCharacters / once.length)).slice(0, longTextCharacters)
  const beforeBytes = process.resourceUsage().maxRSS * 1_024
  const begunMs = processorTimeMs()
  top(text)
  return {
    characters: text.length,
    microseconds: (processorTimeMs() - begunMs) * 1_000,
    grewBytes: process.resourceUsage().maxRSS * 1_024 - beforeBytes,
    processes,
  }
}

function processorTimeMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
