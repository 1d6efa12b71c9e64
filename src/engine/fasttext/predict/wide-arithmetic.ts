/** The multiplier of fastText's word n-gram hash (Joulin et al. 2017); below 2^27. */
export const ngramMultiplier = 116049371

const multiplierLow = ngramMultiplier & 0xffff
const multiplierHigh = ngramMultiplier >>> 16

/** The upper 32 bits of the 64-bit product `low * ngramMultiplier`; `low` is taken as unsigned. */
export function productHighWord(low: number): number {
  const lowHalf = low & 0xffff
  const highHalf = low >>> 16
  const corner = Math.imul(lowHalf, multiplierLow) >>> 16
  const cross = Math.imul(highHalf, multiplierLow)
  // The multiplier's upper half has 11 bits, so that neither sum below leaves 32 bits.
  const middle = Math.imul(lowHalf, multiplierHigh) + corner + (cross & 0xffff)
  return (Math.imul(highHalf, multiplierHigh) + (cross >>> 16) + (middle >>> 16)) | 0
}

/** `value mod divisor` for whole numbers, 0 <= value < 2^52, 1 <= divisor < 2^31; `inverse` is 1 / divisor. */
function remainder(value: number, divisor: number, inverse: number): number {
  const rest = value - Math.floor(value * inverse) * divisor
  // The rounded inverse may miss the quotient by one either way.
  if (rest < 0) return rest + divisor
  return rest < divisor ? rest : rest - divisor
}

/** `(high * 2^32 + low) mod divisor`, both words taken as unsigned; 1 <= divisor < 2^31; `inverse` is 1 / divisor. */
export function remainderOfWide(high: number, low: number, divisor: number, inverse: number): number {
  const first = remainder(high >>> 0, divisor, inverse)
  const second = remainder(first * 0x10000 + (low >>> 16), divisor, inverse)
  return remainder(second * 0x10000 + (low & 0xffff), divisor, inverse)
}
