import type { HistoryEntry } from '../../contracts/index.ts'

/** What an action was done to, as `name_question@2`; without a version if none was named, and empty for the whole stack. */
export function nameTarget({ model, version }: Pick<HistoryEntry, 'model' | 'version'>): string {
  return version === '' ? model : `${model}@${version}`
}

/** Who asked for it, and from where if it was another machine. */
export function nameCaller({ by, address }: Pick<HistoryEntry, 'by' | 'address'>): string {
  return address === undefined ? by : `${by} at ${address}`
}
