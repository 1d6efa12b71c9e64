/** A version of a model, told apart from all others. */
export type ModelVersion = { readonly model: string; readonly version: string }

/** `name_question@1591259822`: how a version is written in logs, headers and commands. */
export function formatModelVersion({ model, version }: ModelVersion): string {
  return `${model}@${version}`
}
