/** One directive of nginx: its name, its arguments without quotes, and the content of its braces if it has any. */
export type NginxDirective = {
  readonly name: string
  readonly args: readonly string[]
  readonly block?: readonly NginxDirective[]
  /** Lines of comment above it, without `#`; only written, never read. */
  readonly comment?: readonly string[]
  /** Where it begins, counted from 1; only read. */
  readonly line?: number
}

/** A directive to be written. */
export function directive(
  name: string,
  args: readonly string[],
  more: Pick<NginxDirective, 'block' | 'comment'> = {},
): NginxDirective {
  return { name, args, ...more }
}
