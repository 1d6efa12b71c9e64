import { performance } from 'node:perf_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'

import type { SelfTestCase } from '../config/schema/index.ts'
import { ChangeoverError, formatModelVersion } from '../contracts/index.ts'
import { findTrialFaults, trialTexts } from '../gates/judge/index.ts'
import type { LoadedModel } from '../store/index.ts'

/** Enough runs for the virtual machine to optimize the engine's functions. */
const maxRounds = 2_000

/** A prediction takes from microseconds to many milliseconds, by model; all of them together take this long at most. */
const maxDurationMs = 500

/** Warm-up blocks a worker for this long at a time; what has come meanwhile goes first. */
const sliceMs = 4

/** It is throttled this many times at most: a rollback must finish, above all while callers are slowed. */
const maxPauses = 20

/**
 * Answers with a version often enough that its pages are in memory and its first user does not wait, a little at a time;
 * `yieldToCallers` is awaited in between.
 */
export async function warm(
  candidate: LoadedModel,
  cases: readonly SelfTestCase[],
  yieldToCallers: () => Promise<void>,
): Promise<void> {
  const texts = [...trialTexts, ...cases.map(({ text }) => text)]
  let workedMs = 0
  let pauses = 0
  for (let asked = 0; asked < maxRounds * texts.length && workedMs < maxDurationMs;) {
    const begunMs = performance.now()
    do candidate.top(texts[asked++ % texts.length] ?? '')
    while (asked < maxRounds * texts.length && performance.now() < begunMs + sliceMs)
    workedMs += performance.now() - begunMs
    await (pauses++ < maxPauses ? yieldToCallers() : nextTurn())
  }
}

/** Tests a version with its self-test texts, a few at a time. Throws `self_test_failed` with every wrong answer. */
export async function selfTest(candidate: LoadedModel, cases: readonly SelfTestCase[]): Promise<void> {
  const tests = [
    ...trialTexts.map((text) => () => findTrialFaults(candidate.requireNumbers, text)),
    ...cases.map((one) => () => caseFault(candidate, one)),
  ]
  const faults: string[] = []
  let sliceEndMs = performance.now() + sliceMs
  for (const findFaults of tests) {
    faults.push(...findFaults())
    if (performance.now() < sliceEndMs) continue
    await nextTurn()
    sliceEndMs = performance.now() + sliceMs
  }
  if (faults.length === 0) return
  throw new ChangeoverError(
    'self_test_failed',
    `${formatModelVersion(candidate.manifest)} failed its self-test: ${faults.join('; ')}`,
  )
}

function caseFault(candidate: LoadedModel, { text, label }: SelfTestCase): string[] {
  const answer = candidate.top(text)
  if (answer?.label === label) return []
  const got = answer === undefined ? 'no label' : `${answer.label} (${answer.probability.toFixed(3)})`
  return [`“${text}” gives ${got}, not ${label}`]
}
