import { setImmediate as nextTurn } from 'node:timers/promises'

import { ChangeoverError, formatModelVersion } from '../contracts/index.ts'
import type { SelfTestCase } from '../contracts/index.ts'
import { findTrialFaults, trialTexts } from '../gates/index.ts'
import type { LoadedModel } from '../store/index.ts'

/** Long enough for the engine's functions to be compiled by the virtual machine before users need them. */
const warmRounds = 2_000

/** Warming holds a worker up for so long at a time; what has come meanwhile goes first. */
const sliceMs = 4

/** It gives way so often at most: a way back must come, the more so while callers are slowed. */
const mostNaps = 20

/**
 * Answers with a version often enough that its pages are in memory and its first user does not wait, a little at a time;
 * `giveWay` is awaited in between.
 */
export async function warm(
  candidate: LoadedModel,
  cases: readonly SelfTestCase[],
  giveWay: () => Promise<void>,
): Promise<void> {
  const texts = [...trialTexts, ...cases.map(({ text }) => text)]
  let sliceEndMs = performance.now() + sliceMs
  let naps = 0
  for (let round = 0; round < warmRounds; round++) {
    for (const text of texts) candidate.top(text)
    if (performance.now() < sliceEndMs) continue
    await (naps++ < mostNaps ? giveWay() : nextTurn())
    sliceEndMs = performance.now() + sliceMs
  }
}

/** Asks a version what it must know. Throws `self_test_failed` with every wrong answer. */
export function selfTest(candidate: LoadedModel, cases: readonly SelfTestCase[]): void {
  const faults = [
    ...trialTexts.flatMap((text) => findTrialFaults(candidate.predict, text)),
    ...cases.flatMap((c) => caseFault(candidate, c)),
  ]
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
