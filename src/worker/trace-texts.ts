import { performance } from 'node:perf_hooks'

import type { Span } from '../tracing/index.ts'
import type { ServedModel } from './service/define-service.ts'

/** A request may have thousands of texts; the spans of the first ones show where the time goes. */
const maxTexts = 32

/** Calls `listener` each time that the model has cut a text; undefined for no longer. */
export type ObserveCut = (listener: (() => void) | undefined) => void

/** A model for one request that is traced: cutting a text and predicting are parts of its span. */
export function traceTexts(
  model: ServedModel,
  {
    span,
    name,
    observeCut = () => undefined,
  }: { readonly span: Span; readonly name: string; readonly observeCut?: ObserveCut | undefined },
): ServedModel {
  let count = 0
  const attributes = { 'changeover.model': name, 'changeover.version': model.version }
  const measured = <Result>(work: () => Result): Result => {
    span.set({ 'changeover.texts': ++count })
    if (count > maxTexts) return work()
    const begunMs = performance.now()
    let cutMs: number | undefined
    observeCut(() => (cutMs = performance.now()))
    try {
      return work()
    } finally {
      observeCut(undefined)
      if (cutMs !== undefined) span.begin('tokenize', attributes, begunMs).end(cutMs)
      span.begin('predict', attributes, cutMs ?? begunMs).end()
    }
  }
  return {
    ...model,
    top: (text) => measured(() => model.top(text)),
    predict: (text, k, threshold) => measured(() => model.predict(text, k, threshold)),
  }
}
