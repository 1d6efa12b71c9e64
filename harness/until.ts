import { setTimeout as sleep } from 'node:timers/promises'

const lookMs = 10

/** Waits for a condition, looking again and again; fails with its name when it takes too long. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const endMs = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`)
    await sleep(lookMs)
  }
}
