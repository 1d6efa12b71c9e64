import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, dirname, relative } from 'node:path'

import type { TokenizerSettings } from '../../contracts/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import { readStopWords, TokenizeError } from '../../engine/tokenize/index.ts'
import { makeFoldersIn, syncFolder, writeDurably } from '../fs/durable-write.ts'
import type { Files } from '../fs/files.ts'
import { mainDictionaryFile, stopWordsFile, userDictionaryFile } from '../layout.ts'
import type { Manifest } from './manifest.ts'

/** A file that says how texts are tokenized, as it was read. */
export type TokenizerFile = {
  readonly fileName: string
  readonly sha256: string
  readonly bytes: Uint8Array
  readonly text: string
}

/** How a version's texts are tokenized, with the files that say so. */
export type TokenizerContent = Pick<TokenizerSettings, 'tokenizer'> & {
  readonly hmm: boolean
  readonly mainDictionary: TokenizerFile | undefined
  readonly userDictionaries: readonly TokenizerFile[]
  readonly stopWords: readonly TokenizerFile[]
}

/**
 * Reads the files of a tokenizer. Throws `bad_usage` for what only jieba takes if it is another one, `user_dictionary_invalid` and
 * `stop_words_invalid` for a file that cannot be read or is not UTF-8.
 */
export function readTokenizerFiles(settings: TokenizerSettings): TokenizerContent {
  refuseMisplaced(settings)
  const { tokenizer, hmm = true, mainDictionary, userDictionaries = [], stopWords = [] } = settings
  return {
    tokenizer,
    hmm,
    mainDictionary: mainDictionary === undefined ? undefined : readFile(mainDictionary, kinds.main),
    userDictionaries: userDictionaries.map((file) => readFile(file, kinds.user)),
    stopWords: stopWords.map((file) => readFile(file, kinds.stop)),
  }
}

/** The words of lists of stop words. Throws `stop_words_invalid`. */
export function parseStopWords(lists: readonly Pick<TokenizerFile, 'fileName' | 'text'>[]): string[] {
  return lists.flatMap(({ fileName, text }) => {
    try {
      return readStopWords(text)
    } catch (error) {
      if (!(error instanceof TokenizeError)) throw error
      throw new ChangeoverError('stop_words_invalid', `${fileName}: ${error.message}`, { cause: error })
    }
  })
}

function refuseMisplaced({ tokenizer, mainDictionary, userDictionaries = [], hmm }: TokenizerSettings): void {
  if (tokenizer === 'jieba') return
  const refuse = (what: string, names: string): never => {
    throw new ChangeoverError(
      'bad_usage',
      `${what} for the tokenizer jieba, and this is ${tokenizer}: leave out ${names}, or name jieba`,
    )
  }
  if (mainDictionary !== undefined) refuse('a main dictionary is', mainDictionary)
  if (userDictionaries.length > 0) refuse('user dictionaries are', userDictionaries.join(', '))
  if (hmm !== undefined) refuse('HMM is', 'HMM')
}

type FileKind = {
  readonly code: 'user_dictionary_invalid' | 'stop_words_invalid'
  readonly name: string
  readonly form: string
}

const kinds = {
  main: { code: 'user_dictionary_invalid', name: 'main dictionary', form: '`word frequency [tag]`' },
  user: { code: 'user_dictionary_invalid', name: 'user dictionary', form: '`word [frequency] [tag]`' },
  stop: { code: 'stop_words_invalid', name: 'list of stop words', form: 'word' },
} as const satisfies Record<string, FileKind>

function readFile(file: string, { code, name, form }: FileKind): TokenizerFile {
  try {
    const bytes = readFileSync(file)
    // Python's jieba takes a byte order mark for a part of a word of a main dictionary, and strips it from any line of another one.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return { fileName: basename(file), sha256, bytes, text }
  } catch (error) {
    const why = error instanceof Error && !(error instanceof TypeError) ? error.message : 'it is not UTF-8'
    throw new ChangeoverError(
      code,
      `the ${name} ${file} cannot be read: ${why}; give a text file with one ${form} a line`,
      { cause: error },
    )
  }
}

/** The fields of the manifest for how a version's texts are tokenized, but for the compiled dictionary. */
export function describeTokenizer({
  tokenizer,
  hmm,
  mainDictionary,
  userDictionaries,
  stopWords,
}: TokenizerContent): Pick<
  Manifest,
  'format' | 'tokenizer' | 'mainDictionary' | 'userDictionaries' | 'hmm' | 'stopWords' | 'icuVersion'
> {
  const { icu } = process.versions
  const isNew = mainDictionary !== undefined || !hmm || stopWords.length > 0
  const describe = ({ fileName, sha256 }: TokenizerFile) => ({ fileName, sha256 })
  return {
    ...(isNew ? { format: 2 } : {}),
    tokenizer,
    ...(mainDictionary === undefined ? {} : { mainDictionary: describe(mainDictionary) }),
    ...(userDictionaries.length === 0 ? {} : { userDictionaries: userDictionaries.map(describe) }),
    ...(hmm ? {} : { hmm }),
    ...(stopWords.length === 0
      ? {}
      : {
          stopWords: stopWords.map((file) => ({ ...describe(file), sizeBytes: file.bytes.length })),
        }),
    ...(tokenizer === 'intl' && icu !== undefined ? { icuVersion: icu } : {}),
  }
}

/** How the texts of a version are tokenized otherwise than this says; undefined if they are not. */
export function findTokenizerDifference(existing: Manifest, content: TokenizerContent): string | undefined {
  const asked = describeTokenizer(content)
  const hashesOf = (files: readonly { readonly sha256: string }[] = []): string =>
    files.map(({ sha256 }) => sha256).join()
  if (existing.tokenizer !== asked.tokenizer) return `another tokenizer, ${existing.tokenizer}`
  if (existing.mainDictionary?.sha256 !== asked.mainDictionary?.sha256) return 'another main dictionary'
  if (hashesOf(existing.userDictionaries) !== hashesOf(asked.userDictionaries))
    return 'other user dictionaries'
  if (existing.hmm !== asked.hmm) return `HMM ${existing.hmm === false ? 'off' : 'on'}`
  if (hashesOf(existing.stopWords) !== hashesOf(asked.stopWords)) return 'other stop words'
  return undefined
}

/** Puts copies of a tokenizer's files into a version's folder, durably. */
export function writeTokenizerFiles(
  folder: string,
  { mainDictionary, userDictionaries, stopWords }: TokenizerContent,
  files: Files,
): void {
  const write = (path: string, { bytes }: TokenizerFile): void => {
    makeFoldersIn(folder, relative(folder, dirname(path)).split('/'), files)
    writeDurably(path, bytes, files)
    syncFolder(dirname(path), files)
  }
  if (mainDictionary !== undefined) write(mainDictionaryFile(folder, mainDictionary.fileName), mainDictionary)
  for (const [place, file] of userDictionaries.entries())
    write(userDictionaryFile(folder, place, file.fileName), file)
  for (const [place, file] of stopWords.entries()) write(stopWordsFile(folder, place, file.fileName), file)
}
