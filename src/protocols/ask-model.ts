import { ChangeoverError } from '../contracts/index.ts'
import type { ExplainedScore, ExplainOptions, Explanation, Prediction } from '../engine/fasttext/index.ts'
import type { AskedModel, AskedModels, Work } from './protocol.ts'

/** The served version of a model. Throws `model_unknown`, and `version_unknown` if another version is asked for. */
export function findModel(
  models: AskedModels,
  { model = '', version }: Readonly<Record<string, string | undefined>>,
): AskedModel {
  const asked = models.model(model)
  if (version === undefined || version === asked.version) return asked
  throw new ChangeoverError(
    'version_unknown',
    `version ${version} of ${model} is not served here; ${asked.version} is`,
  )
}

/** What one answer lists at most, so that a short request cannot ask for more than memory holds. */
const maxLabels = 1_000_000
const maxContributions = 200_000

/** Predicts each text and hands the row over; may be paused after any. Throws `bad_body` if that is more than one answer holds. */
export function* predictEach(
  model: AskedModel,
  texts: readonly string[],
  { k, threshold }: { readonly k: number; readonly threshold: number },
  take: (row: readonly Prediction[], index: number) => void,
): Work<void> {
  const columns = countColumns(model, k)
  if (texts.length * columns > maxLabels)
    throw new ChangeoverError(
      'bad_body',
      `${texts.length} texts with ${columns} labels each are asked for; one answer has ${maxLabels} labels at most: send fewer texts, or a smaller k`,
    )
  for (let index = 0; index < texts.length; index++) {
    if (index > 0) yield
    take(model.predict(texts[index] as string, k, threshold), index)
  }
}

/** How many labels a text gets at most; `k` is -1 for all. */
export function countColumns({ labelCount }: AskedModel, k: number): number {
  return k === -1 ? labelCount : Math.min(k, labelCount)
}

/** Explains each text; may be paused after any. Throws `bad_body` if that is more than one answer holds. */
export function* explainEach(
  model: AskedModel,
  texts: readonly string[],
  options: ExplainOptions,
): Work<Explanation[][]> {
  const explanations: Explanation[][] = []
  let listed = 0
  for (const text of texts) {
    const explanation = model.explain(text, options)
    explanations.push(explanation)
    listed += countContributions(explanation)
    if (listed > maxContributions)
      throw new ChangeoverError(
        'bad_body',
        `one answer lists ${maxContributions} contributions at most: send fewer or shorter texts, or parameters.limit`,
      )
    yield
  }
  return explanations
}

function countContributions(explanations: readonly Explanation[]): number {
  return explanations
    .flatMap((one): readonly ExplainedScore[] => one.path ?? [one])
    .reduce((count, { contributions }) => count + contributions.length, 0)
}
