import { readdir, stat } from 'node:fs/promises'
import { extname } from 'node:path'

export type Signature = { readonly text: string; readonly changedAtMs: number }

/** What a service file can import without a package. */
const codeExtensions = new Set(['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx', '.json'])

/** What differs once a file has another content, or a folder other files of code in it; undefined if it is not there. */
export async function signatureOf(path: string): Promise<Signature | undefined> {
  try {
    const stats = await stat(path, { bigint: true })
    if (stats.isDirectory()) return { text: (await listCode(path)).join('\0'), changedAtMs: 0 }
    return { text: `${stats.ino} ${stats.size} ${stats.mtimeNs}`, changedAtMs: Number(stats.mtimeMs) }
  } catch {
    return undefined
  }
}

async function listCode(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => codeExtensions.has(extname(name))).sort()
}
