/** The headers of a page of the program's own, which loads, runs and embeds nothing but what the directives of its policy allow. */
export function pageHeaders(allowed: Readonly<Record<string, string>>): string[] {
  const policy = {
    'default-src': "'none'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    ...allowed,
  }
  const text = Object.entries(policy).map(([directive, sources]) => `${directive} ${sources}`)
  return [
    ...['content-type', 'text/html; charset=utf-8', 'content-security-policy', text.join('; ')],
    ...['x-content-type-options', 'nosniff', 'referrer-policy', 'no-referrer'],
  ]
}
