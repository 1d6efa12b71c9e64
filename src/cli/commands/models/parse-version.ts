import type { ModelVersion } from '../../../contracts/index.ts'
import { ChangeoverError } from '../../../contracts/index.ts'

/** Reads `name_question@1591259822`. Throws `bad_usage`. */
export function parseVersion(text: string): ModelVersion {
  const [model = '', version = ''] = text.split('@', 2)
  if (model !== '' && version !== '') return { model, version }
  throw new ChangeoverError(
    'bad_usage',
    `“${text}” is not a version: write MODEL@VERSION, as \`changeover models\` lists them`,
  )
}
