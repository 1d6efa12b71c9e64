import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The modules that count and gather, in place of which the copy has ones that do nothing. */
const stubs: Readonly<Record<string, string>> = {
  'metrics/route-meters.js': `
    export class RouteMeters {
      of() { return { answered: () => undefined } }
      get figures() { return [] }
      sum() { return { failed: 0, latency: [] } }
    }`,
  'worker/model-meter.js': `
    export class ModelMeter {
      constructor(target) { this.target = target }
      predictions = 0
      answered() {}
      get figures() { return { ...this.target, predictions: 0, withoutKnownWord: 0, words: 0, unknownWords: 0, confidence: 0, labels: [] } }
    }`,
  'process/usage-meter.js': `
    export class UsageMeter {
      take() { return { cpuMs: 0, busyMs: 0, rssBytes: 0, heapBytes: 0, delay: { p50Ms: 0, p99Ms: 0, maxMs: 0 } } }
      close() {}
    }`,
  'supervisor/figures/figures-keeper.js': `
    export class FiguresKeeper {
      figures = { atMs: 0, totals: { gateway: [], workers: { primary: [], backup: [] }, models: [], tallies: [] }, living: [] }
      start() {}
      watch() {}
      count() {}
      observe() { return () => undefined }
      close() {}
    }`,
}

/** A copy of the built program that counts nothing; returns its command line. Throws if the build has no such modules any more. */
export function copyWithoutMetrics(folder: string): string {
  const copy = join(folder, 'without-metrics')
  mkdirSync(copy)
  for (const part of ['dist', 'assets', 'package.json'])
    cpSync(join(root, part), join(copy, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  for (const [path, text] of Object.entries(stubs)) {
    const file = join(copy, 'dist', path)
    if (!existsSync(file)) throw new Error(`the build has no ${path}, which is to be replaced`)
    writeFileSync(file, text)
  }
  return join(copy, 'dist/main/cli.js')
}
