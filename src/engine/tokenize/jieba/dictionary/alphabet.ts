const hanFirst = 0x4e00
const hanLast = 0x9fd5
const symbols = '+#&._%-'

const isBetween = (unit: number, first: string, last: string) =>
  unit >= first.charCodeAt(0) && unit <= last.charCodeAt(0)

export const isDigit = (unit: number): boolean => isBetween(unit, '0', '9')

export const isLatinOrDigit = (unit: number): boolean =>
  isDigit(unit) || isBetween(unit, 'a', 'z') || isBetween(unit, 'A', 'Z')

/** The range that jieba takes for Chinese. Rarer characters, the extensions A to H among them, lie outside. */
export const isHan = (unit: number): boolean => unit >= hanFirst && unit <= hanLast

/** Whether a UTF-16 unit belongs to a block that is cut into words. Any other character is a separate token. */
export const isBlockCharacter = (unit: number): boolean =>
  isHan(unit) || isLatinOrDigit(unit) || symbols.includes(String.fromCharCode(unit))

/** How many UTF-16 units the character outside all blocks at `at` takes: a pair of surrogates or CR LF two, else one. */
export function lengthOutsideBlocks(text: string, at: number): number {
  if (text.charCodeAt(at) === 0x0d) return text.charCodeAt(at + 1) === 0x0a ? 2 : 1
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
}
