import { decodeUtf8 } from '../utf8.ts'

/** The labels of a compiled model; each becomes a string on first use. */
export type LabelList = {
  readonly offsets: Uint32Array
  readonly bytes: Uint8Array
  readonly texts: (string | undefined)[]
}

export function createLabelList(offsets: Uint32Array, bytes: Uint8Array): LabelList {
  return { offsets, bytes, texts: [] }
}

/** Label `index` with its prefix. */
export function labelAt(list: LabelList, index: number): string {
  const known = list.texts[index]
  if (known !== undefined) return known
  const end = Math.min(list.bytes.length, list.offsets[index + 1] as number)
  const text = decodeUtf8(list.bytes, list.offsets[index] as number, end)
  list.texts[index] = text
  return text
}

/** All labels in the order of the model. */
export function allLabels(list: LabelList): readonly string[] {
  return Array.from({ length: list.offsets.length - 1 }, (_, index) => labelAt(list, index))
}
