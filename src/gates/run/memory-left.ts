import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import type { MemoryLeft } from '../judge/index.ts'

/** Where the kernel says how much memory there is. */
export type MemoryFiles = {
  readonly meminfo: string
  /** The control groups of this process. */
  readonly cgroup: string
  readonly cgroupRoot: string
}

export const memoryFiles: MemoryFiles = {
  meminfo: '/proc/meminfo',
  cgroup: '/proc/self/cgroup',
  cgroupRoot: '/sys/fs/cgroup',
}

/** A limit of the first version that is none is a number near 2⁶³. */
const unlimitedBytes = 2 ** 60

/** What the machine has left, and each control group above this process that has a limit. */
export function readMemoryLeft({ meminfo, cgroup, cgroupRoot }: MemoryFiles): MemoryLeft[] {
  const groups = (read(cgroup) ?? '').split('\n').map((line) => line.split(':'))
  return [
    ...machineLeft(meminfo),
    ...groups.flatMap(([number, controllers = '', ...path]) => {
      if (number === '0' && controllers === '') return walkUp(cgroupRoot, path.join(':'), secondVersion)
      if (!controllers.split(',').includes('memory')) return []
      return walkUp(join(cgroupRoot, 'memory'), path.join(':'), firstVersion)
    }),
  ]
}

function machineLeft(meminfo: string): MemoryLeft[] {
  const kilobytes = /^MemAvailable: +(\d+) kB$/m.exec(read(meminfo) ?? '')?.[1]
  return kilobytes === undefined ? [] : [{ of: 'the machine', leftBytes: Number(kilobytes) * 1_024 }]
}

/** The names of a control group's files, and of the pages of files in its statistics. */
type GroupFiles = { readonly limit: string; readonly usage: string; readonly pages: readonly string[] }

const secondVersion: GroupFiles = {
  limit: 'memory.max',
  usage: 'memory.current',
  pages: ['inactive_file', 'active_file'],
}
const firstVersion: GroupFiles = {
  limit: 'memory.limit_in_bytes',
  usage: 'memory.usage_in_bytes',
  pages: ['total_inactive_file', 'total_active_file'],
}

/** In a container a group's path may be that outside of it: then only the root is there, and is the container's own. */
function walkUp(root: string, path: string, files: GroupFiles): MemoryLeft[] {
  const left: MemoryLeft[] = []
  for (let group = path; ; group = dirname(group)) {
    left.push(...groupLeft(join(root, group), group, files))
    if (group === '/' || group === '.') return left
  }
}

function groupLeft(folder: string, group: string, { limit, usage, pages }: GroupFiles): MemoryLeft[] {
  const limitBytes = Number(read(join(folder, limit)) ?? NaN)
  const usageBytes = Number(read(join(folder, usage)) ?? NaN)
  if (!(limitBytes < unlimitedBytes) || Number.isNaN(usageBytes)) return []
  const statistics = read(join(folder, 'memory.stat')) ?? ''
  const pagesBytes = pages
    .map((name) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(statistics)?.[1] ?? 0))
    .reduce((sum, size) => sum + size, 0)
  return [{ of: `the control group ${group}`, leftBytes: limitBytes - usageBytes + pagesBytes }]
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
