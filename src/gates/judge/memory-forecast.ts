import { formatSize } from './format-figures.ts'

/** What a limit leaves; the pages of files count as free, since the kernel takes them back. */
export type MemoryLeft = { readonly of: string; readonly leftBytes: number }

export type MemoryNeed = {
  /** The compiled size of the new version. */
  readonly compiledBytes: number
  /** How often it will be in memory: once where processes share it. */
  readonly copies: number
  /** Versions that are mapped and must stay in memory; they are among the pages of files. */
  readonly mappedBytes: number
}

export type MemoryForecast = {
  readonly fits: boolean
  readonly neededBytes: number
  /** What the narrowest limit leaves; null if none is known. */
  readonly leftBytes: number | null
  readonly sentence: string
}

/** Whether the memory that a rollout needs is there. Without this a version too large would be seen only when a process is ended for it. */
export function forecastMemory(
  { compiledBytes, copies, mappedBytes }: MemoryNeed,
  limits: readonly MemoryLeft[],
): MemoryForecast {
  const newBytes = compiledBytes * copies
  const neededBytes = newBytes + mappedBytes
  const narrowest = limits.reduce<MemoryLeft | undefined>(
    (least, limit) => (least === undefined || limit.leftBytes < least.leftBytes ? limit : least),
    undefined,
  )
  const each = copies === 1 ? '' : `, ${copies} times ${formatSize(compiledBytes)}`
  const beside = mappedBytes === 0 ? '' : ` beside the ${formatSize(mappedBytes)} that serve`
  const need = `needs ${formatSize(newBytes)} of memory${each}${beside}`
  if (narrowest === undefined)
    return { fits: true, neededBytes, leftBytes: null, sentence: `${need}; how much is left is not known` }
  const { of, leftBytes } = narrowest
  return {
    fits: neededBytes <= leftBytes,
    neededBytes,
    leftBytes,
    sentence: `${need}; ${of} has ${formatSize(Math.max(0, leftBytes))} left`,
  }
}
