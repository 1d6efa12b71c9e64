import { ChangeoverError } from '../../contracts/index.ts'

/**
 * The error for a body that is not JSON, by its bytes and not by its `content-type`, which clients leave
 * at their default. Undefined if unknown: then it is faulty JSON.
 */
export function describeUnreadable(body: Buffer): ChangeoverError | undefined {
  if (body.length === 0) return new ChangeoverError('bad_json', 'the body is empty; send JSON')
  if (isUtf16(body)) return new ChangeoverError('bad_utf8', 'the body is UTF-16; send JSON in UTF-8')
  const kind = findKind(body)
  if (kind === undefined) return undefined
  return new ChangeoverError('media_type_unsupported', `the body is ${kind}; send JSON as it is`)
}

/** JSON begins with an ASCII character, so that one byte of its first two is 0. */
function isUtf16(body: Buffer): boolean {
  const [first, second] = body
  return (
    (first === 0xff && second === 0xfe) ||
    (first === 0xfe && second === 0xff) ||
    (body.length > 1 && (first === 0) !== (second === 0))
  )
}

function findKind(body: Buffer): string | undefined {
  if (body[0] === 0x1f && body[1] === 0x8b) return 'compressed with gzip, though no content-encoding says so'
  const beginning = body.toString('latin1', 0, 500)
  if (/^--[^\r\n]+\r?\ncontent-disposition:/i.test(beginning)) return 'a multipart form'
  if (/^[\w.~%+[\]-]+=/.test(beginning)) return 'a form (name=value)'
  if (/^\s*</.test(beginning)) return 'XML or HTML'
  return undefined
}
