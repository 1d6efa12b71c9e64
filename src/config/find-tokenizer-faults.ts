import { statSync } from 'node:fs'

import type { Config, ModelConfig } from './schema/index.ts'

type Fault = { readonly keys: string[]; readonly message: string }

/** Checks of how texts are tokenized that the schema cannot express; paths are absolute already. */
export function findTokenizerFaults({ models }: Config): Fault[] {
  return Object.entries(models).flatMap(([name, model]) => {
    const at = (...keys: string[]): string[] => ['models', name, ...keys]
    const misplaced = findMisplaced(model)
    if (misplaced.length > 0) return misplaced.map(({ key, message }) => ({ keys: at(key), message }))
    const { mainDictionary, userDictionaries = [], stopWords = [] } = model
    return [
      ...(mainDictionary === undefined ? [] : findMissing(mainDictionary, at('mainDictionary'))),
      ...userDictionaries.flatMap((path, place) => findMissing(path, at('userDictionaries', String(place)))),
      ...stopWords.flatMap((path, place) => findMissing(path, at('stopWords', String(place)))),
    ]
  })
}

/** The keys that say nothing beside this tokenizer, or without one. */
function findMisplaced({
  tokenizer,
  mainDictionary,
  userDictionaries = [],
  HMM: hmm,
  stopWords = [],
}: ModelConfig): { readonly key: string; readonly message: string }[] {
  const ofJieba = [
    ...(mainDictionary === undefined ? [] : ['mainDictionary']),
    ...(userDictionaries.length === 0 ? [] : ['userDictionaries']),
    ...(hmm === undefined ? [] : ['HMM']),
  ]
  const forJieba = 'is for the tokenizer jieba only; write `tokenizer: jieba` beside it, or remove it'
  const forAny = 'needs a tokenizer; write `tokenizer:` with its name beside it, or remove it'
  return [
    ...(tokenizer === 'jieba' ? [] : ofJieba.map((key) => ({ key, message: forJieba }))),
    ...(tokenizer !== undefined || stopWords.length === 0 ? [] : [{ key: 'stopWords', message: forAny }]),
  ]
}

function findMissing(path: string, keys: string[]): Fault[] {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true
  return isFile ? [] : [{ keys, message: `names ${path}, which is not a file` }]
}
