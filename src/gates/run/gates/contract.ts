import type { LoadedModel } from '../../../store/index.ts'
import type { Contract, Verdict } from '../../judge/index.ts'
import { judgeContract } from '../../judge/index.ts'
import type { Trial } from '../trial.ts'

/** The gate `contract`: labels, tokenizer and scripts are those that callers know. */
export function passContract({ start, candidate, active }: Trial): Verdict {
  return judgeContract(
    describeContract(candidate),
    active.state === 'loaded' ? describeContract(active.model) : null,
    { required: start.gates.contract.labels, allow: start.allow },
  )
}

function describeContract({
  manifest: { version, tokenizer },
  predictor: { labels },
}: LoadedModel): Contract {
  return { version, tokenizer, labels }
}
