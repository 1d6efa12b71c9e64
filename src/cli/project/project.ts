import type { TokenizerName } from '../../config/schema/index.ts'

/** The model of a new project. */
export type ProjectModel = {
  readonly name: string
  readonly tokenizer: TokenizerName
  /** Its file, copied into the project; undefined if there is none yet. */
  readonly file: { readonly path: string; readonly version: string } | undefined
}

export type Project = {
  readonly packageName: string
  /** What is written for each package that it needs. */
  readonly versions: Readonly<Record<'changeover' | 'jiti' | 'typescript' | '@types/node', string>>
  readonly model: ProjectModel
}

export type ProjectFile = { readonly path: string; readonly text: string }
