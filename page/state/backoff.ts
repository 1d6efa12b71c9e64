const firstMs = 500
const maxMs = 15_000

/** How long to wait before the connection is tried again, after so many failures in a row; `random` is from 0 to 1. */
export function backoffMs(failures: number, random: number): number {
  // Pages that lost it together must not come back together.
  return Math.min(maxMs, firstMs * 2 ** Math.min(failures, 10)) * (0.5 + random / 2)
}
