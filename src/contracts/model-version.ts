/** What identifies a version of a model. */
export type ModelVersion = { readonly model: string; readonly version: string }

/** `name_question@1591259822`: how a version is written in logs, headers and commands. */
export function formatModelVersion({ model, version }: ModelVersion): string {
  return `${model}@${version}`
}
