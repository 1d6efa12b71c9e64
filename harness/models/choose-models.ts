import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { dataPaths } from '../../src/config/index.ts'
import type { Config } from '../../src/config/schema/index.ts'
import { listVersions } from '../../src/store/index.ts'

/** A model's file, and the version that its name says. */
export type ModelFile = { readonly version: string; readonly file: string }

export type DrillModel = {
  readonly model: string
  /** The one that a stack begins with, and the one that it is taken to. */
  readonly files: readonly [ModelFile, ModelFile]
  /** Whether the second is a copy of the first under another version: a swap is then seen in the version alone. */
  readonly isCopy: boolean
  /** Whether the configuration says what the model must know. */
  readonly hasSelfTest: boolean
}

/**
 * Two versions of the configuration's first model, as files of their own in `folder`: from the model's `initial` file, the files
 * of the same model beside it, and the versions of its store. Where there is one alone, the second is a copy of it.
 */
export function chooseModels(config: Config, folder: string): DrillModel {
  const model = Object.keys(config.models)[0]
  if (model === undefined) throw new Error('the configuration has no model')
  const [first, second] = findFiles(config, model)
  if (first === undefined)
    throw new Error(`the model ${model} has no file: name one as its “initial”, or publish one`)
  mkdirSync(folder, { recursive: true })
  const copied = { version: String(Number(first.version) + 1), file: first.file }
  return {
    model,
    files: [copyModel(first, model, folder), copyModel(second ?? copied, model, folder)],
    isCopy: second === undefined,
    hasSelfTest: (config.models[model]?.selfTest.length ?? 0) > 0,
  }
}

function findFiles(config: Config, model: string): ModelFile[] {
  const initial = config.models[model]?.initial
  const beside = initial === undefined ? [] : filesBeside(initial, model)
  const store = dataPaths(config.data).store
  const published = listVersions(store, model)
    .map(({ version }) => ({
      version,
      file: join(store, 'models', model, 'versions', version, 'source.bin'),
    }))
    .reverse()
  const all = [...beside, ...published]
  return all.filter(({ version }, place) => all.findIndex((one) => one.version === version) === place)
}

/** The initial file first, then the others, newest first. */
function filesBeside(initial: string, model: string): ModelFile[] {
  const versionOf = (file: string): string | undefined =>
    new RegExp(`(?:^|/)${model}_(\\d{9,11})\\.bin$`).exec(file)?.[1]
  const others = readdirSync(dirname(initial))
    .map((name) => join(dirname(initial), name))
    .filter((file) => file !== initial)
    .sort()
    .reverse()
  return [initial, ...others].flatMap((file) => {
    const version = versionOf(file) ?? (file === initial ? '100000000' : undefined)
    return version === undefined ? [] : [{ version, file }]
  })
}

function copyModel({ version, file }: ModelFile, model: string, folder: string): ModelFile {
  const copy = join(folder, `${model}_${version}.bin`)
  copyFileSync(file, copy)
  return { version, file: copy }
}
