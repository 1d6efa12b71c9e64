import type { LoadedModel } from '../../store/index.ts'

/** A version that knows nothing, and tells whether it was released. */
export function fakeModel(model: string, version: string): LoadedModel & { isReleased: () => boolean } {
  let released = false
  return {
    manifest: { model, version } as LoadedModel['manifest'],
    predictor: {
      description: { nLabels: 2 },
      facts: { words: 0, knownWords: 0, label: -1 },
    } as LoadedModel['predictor'],
    tokenize: (text) => text,
    cut: (text) => text.split(' '),
    top: () => undefined,
    predict: () => [],
    explain: () => [],
    requireNumbers: () => undefined,
    sentenceVector: () => new Float32Array(0),
    observeCut: () => undefined,
    release: () => (released = true),
    isReleased: () => released,
  }
}
