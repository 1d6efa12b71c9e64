import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
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
  return canMountBy((folder) => mountTmpfs(folder, 1 << 20))
}

/** Mounts a disk of exFAT, which knows no Unix sockets, no modes and no links, over a folder; returns what unmounts it. */
export function mountExfat(path: string): () => void {
  const image = `${path}.img`
  writeFileSync(image, '')
  truncateSync(image, 64 << 20)
  execFileSync('mkfs.exfat', [image], { stdio: 'pipe' })
  const device = execFileSync('losetup', ['--find', '--show', image], { encoding: 'utf8' }).trim()
  const free = (): void => {
    execFileSync('losetup', ['--detach', device], { stdio: 'pipe' })
    rmSync(image)
  }
  try {
    execFileSync('mount.exfat-fuse', ['-o', 'nonempty', device, path], { stdio: 'pipe' })
  } catch (error) {
    free()
    throw error
  }
  return () => {
    execFileSync('umount', [path], { stdio: 'pipe' })
    free()
  }
}

/** Why tests that mount exFAT must be skipped, or false. */
export function canMountExfat(): string | false {
  if (!existsSync('/usr/sbin/mount.exfat-fuse') || !existsSync('/usr/sbin/mkfs.exfat'))
    return 'not installed: exfat-fuse, exfatprogs'
  return canMountBy(mountExfat)
}

function canMountBy(mount: (path: string) => () => void): string | false {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-mount-'))
  try {
    mount(folder)()
    return false
  } catch {
    return 'not permitted: mount'
  } finally {
    rmSync(folder, { recursive: true })
  }
}
