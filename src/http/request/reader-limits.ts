import { ChangeoverError } from '../../contracts/index.ts'

/** How long a request may be. */
export type ReaderLimits = {
  /** For the request line with all headers. */
  readonly headLimitBytes: number
  readonly maxHeaders: number
  readonly bodyLimitBytes: number
}

/** Throws `body_too_large` if a body has, or announces, more than the limit. */
export function checkBodySize(
  sizeBytes: number,
  { bodyLimitBytes }: Pick<ReaderLimits, 'bodyLimitBytes'>,
): void {
  if (sizeBytes > bodyLimitBytes)
    throw new ChangeoverError(
      'body_too_large',
      `the body is over the limit of ${bodyLimitBytes} bytes; send less at a time, or raise bodyLimitBytes`,
    )
}
