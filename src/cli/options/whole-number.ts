import { ChangeoverError } from '../../contracts/index.ts'

export type AllowedNumbers = {
  readonly min: number
  readonly max?: number
  /** A number out of that range with a meaning of its own, such as -1 “for all labels”. */
  readonly also?: { readonly value: number; readonly meaning: string }
}

/** Returns a parser for an option’s value. It throws `bad_usage` with the option, the value and what is allowed. */
export function wholeNumber(
  flag: string,
  { min, max = Number.MAX_SAFE_INTEGER, also }: AllowedNumbers,
): (value: string) => number {
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min} on` : `from ${min} to ${max}`
  const exception = also === undefined ? '' : `, or ${also.value} ${also.meaning}`
  return (value) => {
    const number = Number(value)
    if (/^-?\d+$/.test(value) && ((number >= min && number <= max) || number === also?.value)) return number
    throw new ChangeoverError(
      'bad_usage',
      `${flag} takes a whole number ${range}${exception}, not “${value}”`,
    )
  }
}
