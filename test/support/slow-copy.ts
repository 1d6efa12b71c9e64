import { spawn } from 'node:child_process'

/** Copies a file as a slow network does, in a process of its own: piece by piece, each after a pause. Resolves when all is there. */
export function copySlowly(
  from: string,
  to: string,
  { pieces, pauseMs }: { readonly pieces: number; readonly pauseMs: number },
): Promise<void> {
  const script = `
    import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
    import { setTimeout as sleep } from 'node:timers/promises'
    const bytes = readFileSync(process.argv[1])
    const fd = openSync(process.argv[2], 'w')
    const size = Math.ceil(bytes.length / ${pieces})
    for (let at = 0; at < bytes.length; at += size) {
      writeSync(fd, bytes.subarray(at, at + size))
      await sleep(${pauseMs})
    }
    closeSync(fd)`
  return finished(process.execPath, ['--input-type=module', '-e', script, from, to])
}

/** Runs a program to its end; rejects where it fails. */
export function finished(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) =>
    spawn(program, args, { stdio: 'inherit' })
      .once('error', reject)
      .once('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`${program} ended with ${String(code)}`)),
      ),
  )
}
