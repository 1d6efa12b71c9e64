import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))

export const cliPath = join(root, 'dist/main/cli.js')
/** A module that a process or a thread of the built program runs: `entry/publisher`, `model-check`. */
export const builtEntry = (name: string): string => join(root, `dist/main/${name}.js`)
export const exampleFolder = join(root, 'examples/name-question')
export const firstModel = join(exampleFolder, 'models/name_question_1795419027.bin')
export const secondModel = join(exampleFolder, 'models/name_question_1795419028.bin')
export const routePath = '/v1/is_name_question/'

/** A model of 176 languages that many programs use: hs, quantized with norms, pruned, subwords of 2 to 4 characters. */
export const languageModel = createRequire(import.meta.url).resolve(
  'fasttext.wasm.js/dist/fastText/models/lid.176.ftz',
)
