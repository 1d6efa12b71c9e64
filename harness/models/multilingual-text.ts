import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const locales = '/usr/share/locale'
const magic = 0x950412de

/** The translated messages of a compiled GNU gettext catalogue (little-endian), each line of them apart. */
function readMessages(path: string): string[] {
  const bytes = readFileSync(path)
  if (bytes.length < 20 || bytes.readUInt32LE(0) !== magic) return []
  const count = bytes.readUInt32LE(8)
  const table = bytes.readUInt32LE(16)
  const messages = Array.from({ length: count }, (_, i) => {
    const length = bytes.readUInt32LE(table + 8 * i)
    const offset = bytes.readUInt32LE(table + 8 * i + 4)
    return bytes.toString('utf8', offset, offset + length)
  })
  // The first entry holds the catalogue's own headers.
  return messages.slice(1).flatMap((message) => message.split(/[\n\0]/))
}

/**
 * Real text in every language that Debian's packages have brought translations in: up to `linesEach` distinct
 * lines a language, evenly spread over its catalogues.
 */
export function readTranslatedLines(linesEach: number): Readonly<Record<string, readonly string[]>> {
  const texts: Record<string, readonly string[]> = {}
  for (const language of readdirSync(locales).toSorted()) {
    const folder = join(locales, language, 'LC_MESSAGES')
    if (!existsSync(folder)) continue
    const catalogues = readdirSync(folder).filter((name) => name.endsWith('.mo'))
    const lines = catalogues.toSorted().flatMap((name) => readMessages(join(folder, name)))
    const distinct = [...new Set(lines.filter((line) => line.length > 1 && !line.includes('\ufffd')))]
    const wanted = Math.min(linesEach, distinct.length)
    const spread = Array.from(
      { length: wanted },
      (_, i) => distinct[Math.floor((i * distinct.length) / wanted)],
    )
    if (wanted > 0) texts[language] = spread as string[]
  }
  return texts
}
