import type { TextOrWords } from '../../store/index.ts'
import type { ServedModel } from './define-service.ts'

/** Called with each text that is sent to a model; undefined if nothing observes them. */
export type FindObserver = (model: string) => ((text: string) => void) | undefined

/** A model that reports each text that it is given, words as the text that they make; the same model if nothing observes it. */
export function observeTexts(model: ServedModel, observe: ReturnType<FindObserver>): ServedModel {
  if (observe === undefined) return model
  return {
    ...model,
    top: (text) => {
      observe(joinWords(text))
      return model.top(text)
    },
    predict: (text, k, threshold) => {
      observe(joinWords(text))
      return model.predict(text, k, threshold)
    },
  }
}

function joinWords(text: TextOrWords): string {
  return typeof text === 'string' ? text : text.join(' ')
}
