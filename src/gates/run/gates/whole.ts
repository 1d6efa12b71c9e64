import { performance } from 'node:perf_hooks'

import type { GatekeeperStart } from '../../../contracts/index.ts'
import { toMessage } from '../../../contracts/index.ts'
import type { LoadedModel } from '../../../store/index.ts'
import { createTokenizers, loadVersion } from '../../../store/index.ts'
import type { Verdict } from '../../judge/index.ts'
import { describeOnlyLabel, findOnlyLabel, findTrialFaults, judge, trialTexts } from '../../judge/index.ts'

/** A version that is whole is loaded, for the gates that follow; any other is not asked anything more. */
export type WholeResult =
  | { readonly isWhole: true; readonly verdict: Verdict; readonly candidate: LoadedModel }
  | { readonly isWhole: false; readonly verdict: Verdict }

/** The gate `whole`: the first load of a version, and its first answers. */
export function passWhole({ storePath, target, selfTest, trustedKeys }: GatekeeperStart): WholeResult {
  const texts = [...trialTexts, ...selfTest.map(({ text }) => text)]
  const begunMs = performance.now()
  try {
    const candidate = loadVersion(storePath, target, createTokenizers(), trustedKeys)
    const loadMs = performance.now() - begunMs
    const verdict = judge(
      texts.flatMap((text) => findTrialFaults(candidate.requireNumbers, text)),
      `loads in ${loadMs.toFixed(1)} ms, and answers ${texts.length} texts with finite numbers${describeOnlyLabel(findOnlyLabel(texts.map(candidate.top)))}`,
      { loadMs, texts: texts.length },
    )
    return verdict.outcome === 'passed' ? { isWhole: true, verdict, candidate } : { isWhole: false, verdict }
  } catch (error) {
    return { isWhole: false, verdict: judge([toMessage(error)], '', {}) }
  }
}
