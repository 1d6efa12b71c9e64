import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, dirname, relative } from 'node:path'

import type { TokenizerName } from '../../config/schema/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import type { Tokenizer } from '../../engine/tokenize/index.ts'
import { extendJiebaDictionary, openJieba, TokenizeError } from '../../engine/tokenize/index.ts'
import { makeFoldersIn, syncFolder, writeDurably } from '../fs/durable-write.ts'
import type { Files } from '../fs/files.ts'
import { mapFile } from '../fs/map-file.ts'
import { userDictionaryFile } from '../layout.ts'
import { createTokenizers, jiebaDictionary } from './open-tokenizer.ts'

/** A user dictionary as it was read from its file. */
export type UserDictionary = {
  readonly fileName: string
  readonly sha256: string
  readonly bytes: Uint8Array
  readonly text: string
}

/**
 * Reads the user dictionaries that go with a tokenizer. Throws `bad_usage` if that is not jieba, `user_dictionary_invalid`
 * if a file cannot be read or is not UTF-8.
 */
export function readUserDictionaries(tokenizer: TokenizerName, files: readonly string[]): UserDictionary[] {
  if (files.length > 0 && tokenizer !== 'jieba')
    throw new ChangeoverError(
      'bad_usage',
      `user dictionaries are for the tokenizer jieba, and this is ${tokenizer}: leave out ${files.join(', ')}, or name jieba`,
    )
  return files.map(readUserDictionary)
}

function readUserDictionary(file: string): UserDictionary {
  try {
    const bytes = readFileSync(file)
    // Python's jieba strips a byte order mark at the start of any line.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return { fileName: basename(file), sha256, bytes, text }
  } catch (error) {
    const why = error instanceof Error && !(error instanceof TypeError) ? error.message : 'it is not UTF-8'
    throw new ChangeoverError(
      'user_dictionary_invalid',
      `the user dictionary ${file} cannot be read: ${why}; give a text file with one \`word [frequency] [tag]\` a line`,
      { cause: error },
    )
  }
}

/** Jieba's dictionary with the words of user dictionaries, compiled; it takes seconds. Throws `user_dictionary_invalid`. */
export function extendDictionary(userDictionaries: readonly UserDictionary[]): Uint8Array<ArrayBuffer> {
  const base = mapFile(jiebaDictionary)
  try {
    return extendJiebaDictionary(
      base.bytes,
      userDictionaries.map(({ text }) => text),
    )
  } catch (error) {
    if (!(error instanceof TokenizeError)) throw error
    const names = userDictionaries.map(({ fileName }) => fileName).join(', ')
    throw new ChangeoverError('user_dictionary_invalid', `${names}: ${error.message}`, { cause: error })
  } finally {
    base.release()
  }
}

/**
 * A tokenizer with user dictionaries, outside a published version. It takes seconds and memory of
 * its own if there are some. Throws what `readUserDictionaries` and `extendDictionary` throw.
 */
export function openTokenizerWith(name: TokenizerName, files: readonly string[]): Tokenizer {
  const userDictionaries = readUserDictionaries(name, files)
  return userDictionaries.length === 0
    ? createTokenizers()(name)
    : openJieba(extendDictionary(userDictionaries).buffer)
}

/** Puts copies of user dictionaries into a version's folder, durably. */
export function writeUserDictionaries(
  folder: string,
  userDictionaries: readonly UserDictionary[],
  files: Files,
): void {
  for (const [place, { fileName, bytes }] of userDictionaries.entries()) {
    const path = userDictionaryFile(folder, place, fileName)
    makeFoldersIn(folder, relative(folder, dirname(path)).split('/'), files)
    writeDurably(path, bytes, files)
    syncFolder(dirname(path), files)
  }
}
