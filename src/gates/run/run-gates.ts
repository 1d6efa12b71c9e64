import type { GatekeeperMessage, GatekeeperStart, GateName } from '../../contracts/index.ts'
import { gateNames, toMessage } from '../../contracts/index.ts'
import type { Verdict } from '../judge/index.ts'
import { judge } from '../judge/index.ts'
import { forecastRollout } from './forecast-rollout.ts'
import { passAgreement } from './gates/agreement.ts'
import { passContract } from './gates/contract.ts'
import { passCost } from './gates/cost.ts'
import { passGolden } from './gates/golden.ts'
import { passWhole } from './gates/whole.ts'
import { memoryFiles, readMemoryLeft } from './memory-left.ts'
import type { Trial } from './trial.ts'
import { prepareTrial } from './trial.ts'

/** The gates after `whole`, which is the first. */
const gates: Readonly<Record<Exclude<GateName, 'whole'>, (trial: Trial) => Verdict>> = {
  contract: passContract,
  golden: passGolden,
  agreement: passAgreement,
  cost: passCost,
}

/**
 * Puts a version through its gates and reports the verdict of each. A version that would not fit into memory is not loaded, and
 * one that is not whole is not asked anything more; after any other failure the rest are tried too, so that all are reported at
 * once.
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
  const whole = passWhole(start)
  report('whole', whole.verdict)
  if (whole.isWhole && !start.wholeOnly) {
    const trial = prepareTrial(start, whole.candidate, forecast)
    for (const gate of gateNames) {
      if (gate === 'whole') continue
      tell({ type: 'started', gate })
      report(gate, orFailure(gates[gate], trial))
    }
  }
  tell({ type: 'ended' })
}

function outcomeOf(gate: GateName, { outcome }: Verdict, force: boolean): Verdict['outcome'] | 'overridden' {
  return outcome === 'failed' && force && gate !== 'whole' ? 'overridden' : outcome
}

/** A gate that cannot do its work has failed, and says why. */
function orFailure(gate: (trial: Trial) => Verdict, trial: Trial): Verdict {
  try {
    return gate(trial)
  } catch (error) {
    return judge([toMessage(error)], '', {})
  }
}
