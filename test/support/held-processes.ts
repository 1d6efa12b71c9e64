import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

type HeldEntry = 'publisher' | 'gatekeeper' | 'worker' | 'gateway'

/** Reaches into the processes of a stack, from before their first line on: holds some of them up, and sets their clock. */
export type HeldProcesses = {
  /** The environment to start the stack with. */
  readonly env: Readonly<Record<string, string>>
  /** Every process of that entry waits before it does anything, until `letGo`. */
  readonly hold: (entry: HeldEntry) => void
  readonly letGo: (entry: HeldEntry) => void
  /** How far the clock of all of them is from the right time from now on. */
  readonly setClock: (offMs: number) => void
  readonly remove: () => void
}

export function holdProcesses(): HeldProcesses {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-held-'))
  const script = join(folder, 'preload.mjs')
  const clock = join(folder, 'clock')
  writeFileSync(clock, '0')
  writeFileSync(
    script,
    `import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
const flag = ${JSON.stringify(folder)} + '/' + basename(process.argv[1] ?? '', '.js')
const cell = new Int32Array(new SharedArrayBuffer(4))
while (existsSync(flag)) Atomics.wait(cell, 0, 0, 10)
const now = Date.now
let offMs = 0
let readAtMs = -Infinity
Date.now = () => {
  if (performance.now() - readAtMs > 20) {
    readAtMs = performance.now()
    try { offMs = Number(readFileSync(${JSON.stringify(clock)}, 'utf8')) } catch {}
  }
  return now() + offMs
}
`,
  )
  return {
    env: { NODE_OPTIONS: `--import=${pathToFileURL(script).href}` },
    hold: (entry) => writeFileSync(join(folder, entry), ''),
    letGo: (entry) => rmSync(join(folder, entry), { force: true }),
    setClock: (offMs) => writeFileSync(clock, String(offMs)),
    remove: () => {
      if (existsSync(folder)) rmSync(folder, { recursive: true })
    },
  }
}
