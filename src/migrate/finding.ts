/** A line of a file. */
export type Place = { readonly file: string; readonly line: number }

/** Something found in a file, and what becomes of it. */
export type Finding = {
  readonly place: Place
  /** As it is written there. */
  readonly what: string
  /** `needless`: understood, and needs no replacement. `left`: has no automatic replacement. */
  readonly kind: 'needless' | 'left'
  readonly because: string
}

/** A value of the proposed configuration, and the lines that it comes from. */
export type Found<T> = { readonly value: T; readonly places: readonly Place[] }

export function formatPlace({ file, line }: Place): string {
  return `${file}:${line}`
}
