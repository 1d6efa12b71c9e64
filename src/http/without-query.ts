/** A URL or a request's target as far as its query string, in which callers' texts may be: for logs. */
export function withoutQuery(url: string): string {
  const end = url.search(/[?#]/)
  return end === -1 ? url : url.slice(0, end)
}
