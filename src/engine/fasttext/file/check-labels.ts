import { ModelFileError } from '../errors.ts'
import { decodeUtf8 } from '../utf8.ts'
import type { Dictionary } from './read-dictionary.ts'

/**
 * Throws `ambiguous_labels` if two labels are equal as text, which is possible only if one is not UTF-8: an answer could
 * not say which is meant.
 */
export function checkLabels({ labelOffsets, vocabulary: { wordBytes } }: Dictionary): void {
  const seen = new Map<string, number>()
  for (let label = 0; label + 1 < labelOffsets.length; label++) {
    const text = decodeUtf8(wordBytes, startOf(label), startOf(label + 1))
    const other = seen.get(text)
    if (other !== undefined) throw ambiguous(show(other), show(label), text)
    seen.set(text, label)
  }

  function startOf(label: number): number {
    return labelOffsets[label] as number
  }

  function show(label: number): string {
    return showBytes(wordBytes.subarray(startOf(label), startOf(label + 1)))
  }
}

/** ASCII as it is, every other byte as `\xe9`. */
function showBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) =>
    byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('')
}

function ambiguous(first: string, second: string, text: string): ModelFileError {
  return new ModelFileError(
    'ambiguous_labels',
    0,
    `The labels ${first} and ${second} are not both UTF-8 and read the same, as “${text}”: no answer could say which is meant. ` +
      `Write the training text in UTF-8 and train the model again.`,
  )
}
