import { writeFileSync } from 'node:fs'

import { libc } from './libc.ts'

/** RLIMIT_DATA of Linux and of the BSDs: heap, typed arrays and stacks of a process, but not what it maps from files. */
const dataLimit = 2

/**
 * Limits what this process may allocate, for good: beyond it a typed array cannot be created, and the virtual machine aborts the
 * process. If the machine has less, the kernel kills this process before others. Without koffi
 * there is only the second.
 */
export function limitMemory(sizeBytes: number): void {
  const limits = new BigUint64Array([BigInt(sizeBytes), BigInt(sizeBytes)])
  libc?.library.func('int setrlimit(int, void*)')(dataLimit, limits)
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000')
  } catch {
    // Not Linux, or a /proc that is mounted read-only.
  }
}
