import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { missingComponents } from '../../harness/real-components.ts'
import { toMessage } from '../../src/contracts/index.ts'

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

/** Mounts a disk of exFAT, which has no Unix sockets, no modes and no links, over a folder; returns what unmounts it. */
export function mountExfat(path: string): () => void {
  const image = `${path}.img`
  const undo = [() => rmSync(image)]
  const undoAll = (): void => undo.splice(0).forEach((step) => step())
  try {
    writeFileSync(image, '')
    truncateSync(image, 64 << 20)
    execFileSync('mkfs.exfat', [image], { stdio: 'pipe' })
    const device = execFileSync('losetup', ['--find', '--show', image], {
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim()
    undo.unshift(() => void execFileSync('losetup', ['--detach', device], { stdio: 'pipe' }))
    execFileSync('mount.exfat-fuse', ['-o', 'nonempty', device, path], { stdio: 'pipe' })
    undo.unshift(() => void execFileSync('umount', [path], { stdio: 'pipe' }))
  } catch (error) {
    undoAll()
    throw error
  }
  return undoAll
}

/** Why tests that mount exFAT must be skipped, or false. */
export function canMountExfat(): string | false {
  return missingComponents('exfat-fuse', 'exfatprogs') || canMountBy(mountExfat)
}

/** What `mount`, `losetup` and exfat-fuse say if this user or this container may not mount, or has no loop or FUSE device. */
const notPermitted =
  /operation not permitted|permission denied|must be superuser|only root can|cannot find an unused loop device|\/dev\/fuse|fuse: device not found|fusermount: /i

/** Throws any other error than a missing permission or device: it is a fault of the test. */
function canMountBy(mount: (path: string) => () => void): string | false {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-mount-'))
  try {
    mount(folder)()
    return false
  } catch (error) {
    if (notPermitted.test(toMessage(error))) return 'not permitted: mount'
    throw error
  } finally {
    rmSync(folder, { recursive: true })
  }
}
