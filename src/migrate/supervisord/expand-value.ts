const placeholder = /%(?:%|\(([^)]*)\)(0?)(\d*)[sd]|)/g

/** Puts values in place of `%(name)s`, `%(name)02d` and `%%`, as Python does; undefined if one of them is unknown. */
export function expandValue(text: string, known: ReadonlyMap<string, string>): string | undefined {
  const isKnown = [...text.matchAll(placeholder)].every(
    ([whole, name]) => whole === '%%' || (name !== undefined && known.has(name)),
  )
  if (!isKnown) return undefined
  return text.replace(
    placeholder,
    (whole: string, name: string | undefined, zero: string | undefined, width: string | undefined) =>
      whole === '%%' ? '%' : (known.get(name ?? '') ?? '').padStart(Number(width), zero === '0' ? '0' : ' '),
  )
}

/** The pairs of `environment=`: `NAME="a value",OTHER=b`. */
export function readPairs(text: string): readonly (readonly [name: string, value: string])[] {
  return [...text.matchAll(/([^\s=,"']+)\s*=\s*("[^"]*"|'[^']*'|[^\s,]*)/g)].map(
    ([, name = '', value = '']) => [name, value.replace(/^(["'])(.*)\1$/s, '$2')],
  )
}
