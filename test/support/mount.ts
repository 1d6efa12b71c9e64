import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Mounts a disk of a size over a folder, and returns what unmounts it. */
export function mountTmpfs(path: string, sizeBytes: number): () => void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'changeover-test', path], {
    stdio: 'pipe',
  })
  return () => void execFileSync('umount', [path], { stdio: 'pipe' })
}

/** Why tests that mount a disk must be skipped, or false: a container or a user may not be allowed to. */
export function canMount(): string | false {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-mount-'))
  try {
    mountTmpfs(folder, 1 << 20)()
    return false
  } catch {
    return 'not permitted: mount'
  } finally {
    rmSync(folder, { recursive: true })
  }
}
