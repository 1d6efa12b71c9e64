import type { Prediction } from '../../engine/fasttext/index.ts'

/** Predicted by every version before it serves: it must give numbers, whatever they are. */
export const trialTexts: readonly string[] = ['你好', '您贵姓', 'hello']

/** What is wrong with the numbers that a version gives for a text; all its labels are looked at. */
export function findTrialFaults(
  predict: (text: string, k: number) => readonly Prediction[],
  text: string,
): string[] {
  const wrong = predict(text, -1).find(({ probability }) => !Number.isFinite(probability))
  return wrong === undefined ? [] : [`“${text}” gives ${wrong.label} the probability ${wrong.probability}`]
}
