import { statSync } from 'node:fs'

import type { Config } from './schema/index.ts'

/** Checks of user dictionaries that the schema cannot express; paths are absolute already. */
export function findDictionaryFaults({ models }: Config): { keys: string[]; message: string }[] {
  return Object.entries(models).flatMap(([name, { tokenizer, userDictionaries = [] }]) => {
    const keys = ['models', name, 'userDictionaries']
    if (userDictionaries.length > 0 && tokenizer !== 'jieba')
      return [
        {
          keys,
          message: 'is for the tokenizer jieba only; write `tokenizer: jieba` beside it, or remove it',
        },
      ]
    return userDictionaries.flatMap((path, place) =>
      statSync(path, { throwIfNoEntry: false })?.isFile() === true
        ? []
        : [{ keys: [...keys, String(place)], message: `names ${path}, which is not a file` }],
    )
  })
}
