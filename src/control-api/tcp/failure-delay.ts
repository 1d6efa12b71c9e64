/** How long the answer to a wrong token waits: it doubles with each one from the same address. */
const firstMs = 100
const maxMs = 5_000

/** An address that has sent no wrong token for so long begins anew. */
const forgetMs = 10 * 60_000
const maxAddresses = 1_000

type Failures = { readonly count: number; readonly atMs: number }

/**
 * Counts wrong tokens by address. Only wrong ones wait: whoever has the right token is answered at once, also behind the same
 * address. Of many addresses the latest are remembered.
 */
export class FailureDelay {
  readonly #byAddress = new Map<string, Failures>()

  /** Takes a wrong token at a time in ms; returns how many have come from there, and how long the answer is to wait. */
  fail(address: string, nowMs: number): { readonly count: number; readonly delayMs: number } {
    const key = networkOf(address)
    const before = this.#byAddress.get(key)
    const count = before === undefined || nowMs - before.atMs > forgetMs ? 1 : before.count + 1
    // The map's order is that of the latest failures.
    this.#byAddress.delete(key)
    this.#byAddress.set(key, { count, atMs: nowMs })
    const [oldest] = this.#byAddress.keys()
    if (this.#byAddress.size > maxAddresses && oldest !== undefined) this.#byAddress.delete(oldest)
    return { count, delayMs: Math.min(maxMs, firstMs * 2 ** Math.min(count - 1, 16)) }
  }

  get size(): number {
    return this.#byAddress.size
  }
}

/** Of IPv6 a client has at least a whole /64. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address
  const [left = '', right] = address.split('::', 2)
  const before = left === '' ? [] : left.split(':')
  const after = right === undefined || right === '' ? [] : right.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0')
  return [...before, ...zeros, ...after].slice(0, 4).join(':')
}
