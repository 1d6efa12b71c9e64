import type { BigIntStats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { extname } from 'node:path'

export type Signature = { readonly text: string; readonly changedAtMs: number }

/** What a service file can import without a package. */
const codeExtensions = new Set(['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx', '.json'])

/** The files of code in folders, by their paths, as long as nothing is created or removed in them. */
const listings = new Map<string, { readonly mtimeNs: bigint; readonly text: string }>()

/** What differs once a file has another content, or a folder other files of code in it; undefined if it is not there. */
export async function signatureOf(path: string): Promise<Signature | undefined> {
  try {
    const stats = await stat(path, { bigint: true })
    if (stats.isDirectory()) return { text: await listCode(path, stats), changedAtMs: 0 }
    return { text: `${stats.ino} ${stats.size} ${stats.mtimeNs}`, changedAtMs: Number(stats.mtimeMs) }
  } catch {
    return undefined
  }
}

async function listCode(folder: string, { mtimeNs }: BigIntStats): Promise<string> {
  const known = listings.get(folder)
  if (known?.mtimeNs === mtimeNs) return known.text
  const names = (await readdir(folder)).filter((name) => codeExtensions.has(extname(name)))
  const text = names.sort().join('\0')
  listings.set(folder, { mtimeNs, text })
  return text
}
