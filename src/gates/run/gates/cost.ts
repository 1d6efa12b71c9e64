import { performance } from 'node:perf_hooks'

import type { LoadedModel } from '../../../store/index.ts'
import type { LongText, Verdict } from '../../judge/index.ts'
import { judgeCost, trialTexts } from '../../judge/index.ts'
import { timePredictions } from '../time-predictions.ts'
import type { Trial } from '../trial.ts'
import { modelOf } from '../trial.ts'

/** The texts whose time is measured, and for how long; shorter if nothing depends on it. */
const timedTexts = 200
const timingMs = { decisive: 200, figureOnly: 20 }
const longTextCharacters = 100_000

/** The gate `cost`: what a prediction takes, what a long text takes, and whether the version fits into memory. */
export function passCost(trial: Trial): Verdict {
  const { start, candidate, active, forecast } = trial
  const { cost } = start.gates
  const texts = textsToTime(trial)
  const before = modelOf(active)
  const isDecisive = before !== undefined || cost.maxMicroseconds !== undefined
  const timings = timePredictions(candidate.top, before?.top, texts, {
    nowMs: () => performance.now(),
    usedMs: processorTimeMs,
    budgetMs: isDecisive ? timingMs.decisive : timingMs.figureOnly,
  })
  const longText = measureLongText(candidate, texts, start.loadingProcesses)
  return judgeCost(timings, candidate.manifest.compiled.sizeBytes, forecast, cost, longText)
}

function textsToTime({ start, golden, recorded }: Trial): string[] {
  return [
    ...trialTexts,
    ...start.selfTest.map(({ text }) => text),
    ...(golden.state === 'read' ? golden.lines.map(({ text }) => text) : []),
    ...recorded,
  ].slice(0, timedTexts)
}

/** With n-grams of a hundred words a text has a hundred times as many features as words. */
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
