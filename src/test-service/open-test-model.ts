import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { tokenizerNames } from '../config/schema/index.ts'
import type { Prediction } from '../engine/fasttext/index.ts'
import type { PublishRequest, TextOrWords } from '../store/index.ts'
import {
  createTokenizers,
  loadVersion,
  parseModelFileName,
  publish,
  tokenizerUnknown,
} from '../store/index.ts'
import type { ServableModel } from '../worker/index.ts'

/** A real model: its file, a path or a URL of one, and how texts are cut into words, as in its training. */
export type TestModelFile = { readonly file: string | URL } & Omit<
  PublishRequest,
  'model' | 'version' | 'storePath' | 'file' | 'by' | 'note' | 'meta' | 'signingKey' | 'nowMs' | 'onProgress'
>

/** A real model, or a function that answers in its place: labels as the model has them, with their `__label__`. */
export type TestModel = TestModelFile | ((text: string) => readonly Prediction[])

/** The version of a model that has none: of a function, or of a file whose name says none. */
const testVersion = 'test'

/** A model of a test, ready to answer. Throws what publishing a file throws; `tokenizer_unknown` if none is named. */
export function openTestModel(name: string, model: TestModel): ServableModel {
  return typeof model === 'function' ? fakeModel(name, model) : loadFile(name, model)
}

/** The file as the program would serve it: published, checked, compiled. It stays mapped when its folder is gone. */
function loadFile(name: string, { file, ...settings }: TestModelFile): ServableModel {
  if ((settings.tokenizer as unknown) === undefined)
    throw tokenizerUnknown(name, `write { file, tokenizer: '${tokenizerNames.join("' | '")}' } in the test`)
  const path = file instanceof URL ? fileURLToPath(file) : file
  const target = { model: name, version: parseModelFileName(path)?.version ?? testVersion }
  const storePath = mkdtempSync(join(tmpdir(), 'changeover-test-service-'))
  try {
    publish({ ...settings, ...target, storePath, file: path, nowMs: Date.now() })
    return loadVersion(storePath, target, createTokenizers())
  } finally {
    rmSync(storePath, { recursive: true, force: true })
  }
}

function fakeModel(name: string, answer: (text: string) => readonly Prediction[]): ServableModel {
  const rank = (text: TextOrWords): Prediction[] => {
    const answered: unknown = answer(typeof text === 'string' ? text : text.join(' '))
    if (!Array.isArray(answered) || !answered.every(isPrediction))
      throw new TypeError(
        `the function in place of the model ${name} must return a list of { label, probability }, not ${JSON.stringify(answered)}`,
      )
    return answered.toSorted((a, b) => b.probability - a.probability)
  }
  const refuse = (what: string) => (): never => {
    throw new TypeError(
      `a function in place of the model ${name} has no ${what}; give its file to testService`,
    )
  }
  return {
    manifest: { model: name, version: testVersion },
    // A function can answer with any label.
    predictor: {
      description: { nLabels: Number.MAX_SAFE_INTEGER },
      facts: { words: 0, knownWords: 0, label: -1 },
    },
    cut: (text) => text.split(/\s+/).filter((word) => word !== ''),
    top: (text) => rank(text)[0],
    predict: (text, k = 1, threshold = 0) =>
      rank(text)
        .filter(({ probability }) => probability >= threshold)
        .slice(0, k === -1 ? undefined : k),
    explain: refuse('explanations'),
    sentenceVector: refuse('sentence vectors'),
    release: () => undefined,
  }
}

function isPrediction(value: unknown): value is Prediction {
  if (typeof value !== 'object' || value === null) return false
  const { label, probability } = value as Partial<Prediction>
  return typeof label === 'string' && Number.isFinite(probability)
}
