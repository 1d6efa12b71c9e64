/** The message of any thrown value. */
export function toMessage(error: unknown): string {
  // eslint-disable-next-line no-restricted-syntax -- that of src/contracts is not of the page's
  return error instanceof Error ? error.message : String(error)
}
