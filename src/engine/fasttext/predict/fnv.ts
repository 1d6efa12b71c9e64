/** The start value of a 32-bit FNV-1a hash (Fowler, Noll and Vo). */
export const fnvStart = 2166136261

const fnvPrime = 16777619

/**
 * One step of 32-bit FNV-1a as fastText takes it: a byte of 128 or more is sign-extended first, so every
 * published model depends on it. Returns an int32.
 */
export function fnvStep(hash: number, byte: number): number {
  return Math.imul(hash ^ ((byte << 24) >> 24), fnvPrime)
}

/** The hash of bytes[start, end), as an int32. */
export function fnvHash(bytes: Uint8Array, start: number, end: number): number {
  let hash = fnvStart | 0
  for (let i = start; i < end; i++) hash = fnvStep(hash, bytes[i] as number)
  return hash
}
