import type { ByteSource } from '../byte-io.ts'

/** Enough bytes to recognize a file by. */
const beginningBytes = 256

type ForeignKind = { readonly begins: RegExp; readonly hint: string }

/** What people have under the name of a model; matched against the first bytes, each as one character. */
const foreignKinds: readonly ForeignKind[] = [
  {
    begins: /^version https:\/\/git-lfs\.github\.com\//,
    hint: 'It is a git-lfs pointer, which stands for the model in a repository: run "git lfs pull" there and copy the file again.',
  },
  {
    begins: /^\s*<(?:!doctype html|html|head|body|script|meta)/i,
    hint: 'It is an HTML page, as a download leaves it that failed or needed a login: download the file itself.',
  },
  {
    begins: /^\s*<(?:\?xml|error)/i,
    hint: 'It is an XML text, as a download leaves it that failed: look into it, and download the file itself.',
  },
  {
    begins: /^\s*[{[]\s*["\]}]/,
    hint: 'It is a JSON text, as a download leaves it that failed: look into it, and download the file itself.',
  },
  { begins: /^\x1f\x8b/, hint: 'It looks like a gzip archive: unpack it first.' },
  { begins: /^PK\x03\x04/, hint: 'It looks like a zip archive: unpack it first.' },
  { begins: /^BZh[1-9]/, hint: 'It looks like a bzip2 archive: unpack it first.' },
  { begins: /^\xfd7zXZ\x00/, hint: 'It looks like an xz archive: unpack it first.' },
  { begins: /^\x28\xb5\x2f\xfd/, hint: 'It looks like a zstd archive: unpack it first.' },
  { begins: /^7z\xbc\xaf\x27\x1c/, hint: 'It looks like a 7z archive: unpack it first.' },
  {
    begins: /^\d+ \d+\r?\n/,
    hint: 'It looks like a .vec file of word vectors: give the .bin file beside it.',
  },
  {
    begins: /^__label__/,
    hint: 'It looks like the training text: give the .bin file that was trained from it.',
  },
  { begins: /^\x00+$/, hint: 'It begins with zeros, as a copy leaves it that failed: copy it again.' },
]

const noHint = 'Give the .bin file that "fasttext supervised" wrote, not the .vec or the training text.'
const byteOrderMark = /^\xef\xbb\xbf/

/** The kind of a file that is not a model, and what to do. */
export function describeForeign(source: ByteSource): string {
  const bytes = new Uint8Array(Math.min(beginningBytes, source.sizeBytes))
  source.read(0, bytes)
  const beginning = Array.from(bytes, (byte) => String.fromCharCode(byte))
    .join('')
    .replace(byteOrderMark, '')
  return foreignKinds.find(({ begins }) => begins.test(beginning))?.hint ?? noHint
}
