import type { ServedModel } from './define-service.ts'

/** Called with each text that is sent to a model; undefined if nothing observes them. */
export type FindObserver = (model: string) => ((text: string) => void) | undefined

/** A model that reports each text that it is given; the same model if nothing observes it. */
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
