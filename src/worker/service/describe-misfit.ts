import type { Validator } from '#typebox/compile'

/** Where a value first does not fit, and why: ` at /text must be array`; begins with a space. */
export function describeMisfit(validator: Pick<Validator, 'Errors'>, value: unknown): string {
  const [first] = validator.Errors(value)
  if (first === undefined) return ' does not fit its schema'
  return `${first.instancePath === '' ? '' : ` at ${first.instancePath}`} ${first.message}`
}
