import { ChangeoverError } from '../../contracts/index.ts'

/** Reads the value of an option: a whole number of at least `min`. Throws `bad_usage`, which names the option. */
export function wholeNumber(flag: string, min: number): (value: string) => number {
  return (value) => {
    const number = Number(value)
    if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number >= min) return number
    throw new ChangeoverError('bad_usage', `${flag} takes a whole number from ${min} on, not “${value}”`)
  }
}
