import type { ServedModel } from './define-service.ts'

/** What to call with each text that a model is asked; undefined where nobody wants to know. */
export type FindObserver = (model: string) => ((text: string) => void) | undefined

/** A model that tells each text that it is asked; the very same one where nobody wants to know. */
export function observeTexts(model: ServedModel, observe: ReturnType<FindObserver>): ServedModel {
  if (observe === undefined) return model
  return {
    ...model,
    top: (text) => {
      observe(text)
      return model.top(text)
    },
    predict: (text, k, threshold) => {
      observe(text)
      return model.predict(text, k, threshold)
    },
  }
}
