import { ChangeoverError } from '../contracts/index.ts'
import type { Prediction } from '../engine/fasttext/index.ts'
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

/** Predicts each text; may be paused after any. */
export function* predictEach(
  model: AskedModel,
  texts: readonly string[],
  k: number,
  threshold: number,
): Work<Prediction[][]> {
  const predictions: Prediction[][] = []
  for (const text of texts) {
    predictions.push(model.predict(text, k, threshold))
    yield
  }
  return predictions
}
