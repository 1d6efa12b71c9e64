/** A section of a file of the kind that supervisor and systemd read: `[name]` and lines of `key=value`. A key may come twice. */
export type IniSection = {
  readonly name: string
  readonly entries: readonly IniEntry[]
  /** Where it begins, counted from 1; only read. */
  readonly line?: number
}

export type IniEntry = {
  readonly key: string
  readonly value: string
  /** Lines of comment above it, without `#`; only written. */
  readonly comment?: readonly string[]
  readonly line?: number
  /** The lines that a value of several lines is made of; only read. */
  readonly parts?: readonly IniPart[]
}

export type IniPart = { readonly text: string; readonly line: number }
