import { join, relative, resolve } from 'node:path'

import type { ComposedConfig } from '../../../config/index.ts'
import { composeConfig, dataPaths, findOwnConfig, writtenConfigPath } from '../../../config/index.ts'
import { tokenizerNames } from '../../../config/schema/index.ts'
import { ChangeoverError, defined } from '../../../contracts/index.ts'
import { findModelFault, findTokenizer, readPointer } from '../../../store/index.ts'
import type { ConfigOption } from '../../options/config-option.ts'
import type { TokenizerOptions } from '../../options/tokenizer-option.ts'
import { namedTokenizer } from '../../options/tokenizer-option.ts'
import { chooseTokenizer } from '../choose-tokenizer.ts'
import type { ModelFile } from './find-model-files.ts'
import { findModelFiles } from './find-model-files.ts'

export type GivenOptions = ConfigOption & TokenizerOptions & { readonly model?: string }

/** The models of a command line, without a configuration of one's own. */
export type GivenModels = ComposedConfig & { readonly files: readonly ModelFile[] }

const dataFolder = '.changeover'

/** Only the gateway is called by others. A second stack, of another folder, needs no other ports for its instances. */
const anyPort = { bind: '127.0.0.1:0' }

const comment = `# Written by \`changeover up FILES\`, and read by the other commands if there is no changeover.yaml in the folder above.
# Write one there for more settings; .changeover stays the folder of the data.
`

/**
 * The configuration that serves model files, or the models of folders, by themselves. Asks on a terminal for a tokenizer that nobody
 * named. Throws `bad_usage` beside a configuration, and what `findModelFiles` and `chooseTokenizer` throw.
 */
export async function openGivenModels(
  paths: readonly string[],
  options: GivenOptions,
): Promise<GivenModels | undefined> {
  const { config, model } = options
  if (paths.length === 0) {
    if (model === undefined && !isTokenizerNamed(options)) return undefined
    throw new ChangeoverError(
      'bad_usage',
      '--model and the options of the tokenizer go with model files: changeover up FILE.bin --tokenizer jieba',
    )
  }
  const own = config ?? findOwnConfig()
  if (own !== undefined)
    throw new ChangeoverError(
      'bad_usage',
      `${own} says what is served: start it with \`changeover up\` and replace a model with \`changeover deploy\`, ` +
        'or give model files in a folder without a changeover.yaml, and neither --config nor CHANGEOVER_CONFIG',
    )
  const files = findModelFiles(paths, model)
  const models: [string, object][] = []
  for (const file of files) models.push([file.model, await describeModel(file, options)])
  const value = {
    data: '.',
    primary: anyPort,
    backup: anyPort,
    models: Object.fromEntries(models),
  }
  return { files, ...composeConfig(resolve(writtenConfigPath), value, comment) }
}

/** A model of the configuration. The tokenizer that its active version has stays the one of the store. */
async function describeModel({ model, file }: ModelFile, options: GivenOptions): Promise<object> {
  const nothingElse = { models: {} }
  const storePath = dataPaths(resolve(dataFolder)).store
  const initial = pathInFile(file)
  if (readPointer(storePath, model) === undefined) requireModel(file)
  if (!isTokenizerNamed(options) && findTokenizer(model, nothingElse, storePath) !== undefined)
    return { initial }
  const chosen = await chooseTokenizer(model, {
    ...options,
    config: nothingElse,
    storePath,
    how: `give --tokenizer ${tokenizerNames.join('|')}`,
  })
  const { tokenizer, mainDictionary, userDictionaries, hmm, stopWords } = chosen
  return defined({
    initial,
    tokenizer,
    mainDictionary: mainDictionary && pathInFile(mainDictionary),
    userDictionaries: userDictionaries?.map(pathInFile),
    HMM: hmm,
    stopWords: stopWords?.map(pathInFile),
  })
}

function isTokenizerNamed(options: GivenOptions): boolean {
  return Object.keys(namedTokenizer(options)).length > 0
}

/** Early: before anybody is asked for its tokenizer, and before anything starts. */
function requireModel(file: string): void {
  const fault = findModelFault(file)
  if (fault !== undefined) throw new ChangeoverError('model_file_invalid', `${file}: ${fault}`)
}

/** Relative to the configuration for what is below its folder, so that all of it can be moved. */
function pathInFile(path: string): string {
  const absolute = resolve(path)
  const fromHere = relative('', absolute)
  return fromHere.startsWith('..') ? absolute : join('..', fromHere)
}
