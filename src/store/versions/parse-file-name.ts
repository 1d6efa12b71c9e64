import { basename, extname } from 'node:path'

import type { ModelVersion } from '../../contracts/index.ts'

/** The course's rule: `name_question_1591259822.bin` is version 1591259822 of name_question. Undefined if a name does not follow it. */
export function parseModelFileName(path: string): ModelVersion | undefined {
  const match = /^(?<model>.+)_(?<version>\d{9,11})$/.exec(basename(path, extname(path)))
  const { model, version } = match?.groups ?? {}
  return model === undefined || version === undefined ? undefined : { model, version }
}
