/** Whether a result comes later: a promise of another library is one too. */
export function isThenable(result: unknown): result is PromiseLike<unknown> {
  const mayBe = (typeof result === 'object' && result !== null) || typeof result === 'function'
  return mayBe && 'then' in result && typeof result.then === 'function'
}
