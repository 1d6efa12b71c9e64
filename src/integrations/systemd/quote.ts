/** A word of a list of systemd's: in quotes where it has to be. */
export function quote(word: string): string {
  const escaped = escape(word)
  if (/^[^\s"'\\;]+$/.test(word)) return escaped
  return `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** `%` begins a specifier. */
export function escape(value: string): string {
  return value.replaceAll('%', '%%')
}
