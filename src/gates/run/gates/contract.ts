import type { LoadedModel, Manifest } from '../../../store/index.ts'
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

function describeContract({ manifest, predictor: { labels } }: LoadedModel): Contract {
  return { version: manifest.version, tokenizer: describeCut(manifest), labels }
}

/** Without the names of files: other words of the same kind come with any new version. */
function describeCut({
  tokenizer,
  mainDictionary,
  hmm,
  stopWords,
}: Pick<Manifest, 'tokenizer' | 'mainDictionary' | 'hmm' | 'stopWords'>): string {
  return [
    tokenizer,
    mainDictionary === undefined ? '' : ' with a main dictionary of its own',
    hmm === undefined ? '' : ', HMM off',
    stopWords === undefined ? '' : ', without stop words',
  ].join('')
}
