import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { LabelModel } from '../../harness/models/label-models.ts'
import type { WholeDeploy } from '../../harness/stacks/label-stack.ts'
import { deployLabelModel } from '../../harness/stacks/label-stack.ts'
import { checkRequirements } from '../../harness/stacks/requirements.ts'
import { say } from '../tutorial/report.ts'

const settings = { perSecond: 30, bakeMs: 2_000 } as const

const models: Readonly<Record<string, LabelModel>> = {
  '20,000 labels, softmax': { labels: 20_000, loss: 'softmax', labelsALine: 5, words: 3, wordNgrams: 1 },
  '100,000 labels, softmax': { labels: 100_000, loss: 'softmax', labelsALine: 20, words: 3, wordNgrams: 1 },
  '300,000 labels, hs': { labels: 300_000, loss: 'hs', labelsALine: 1, words: 3, wordNgrams: 1 },
  '20 labels, 100-grams': { labels: 20, loss: 'softmax', labelsALine: 1, words: 150, wordNgrams: 100 },
}

/** Whole deploys of models that have many labels or long n-grams, under light load: time, memory, and what the load saw. */
export async function runLabels(signal: AbortSignal): Promise<object> {
  checkRequirements()
  const results: Record<string, WholeDeploy> = {}
  for (const [name, model] of Object.entries(models)) {
    signal.throwIfAborted()
    const folder = mkdtempSync(join(tmpdir(), 'changeover-bench-'))
    try {
      const figures = await deployLabelModel(model, { folder, ...settings, signal })
      results[name] = figures
      say(formatFigures(name, figures))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  return { benchmark: 'labels', settings, results }
}

function formatFigures(name: string, { deployMs, rollbackMs, load, peaks, sizes }: WholeDeploy): string {
  const memory = Object.entries(peaks).map(([process, mebibytes]) => `${process} ${mebibytes.toFixed(0)}`)
  return [
    name,
    `  deploy ${(deployMs / 1_000).toFixed(1)} s, rollback ${(rollbackMs / 1_000).toFixed(1)} s`,
    `  ${load.sent} requests, ${load.wrong.length} wrong, p99 ${load.p99Ms.toFixed(0)} ms, slowest ${load.maxMs.toFixed(0)} ms`,
    `  MiB at most: ${memory.join(', ')}`,
    `  manifest ${sizes.manifest} bytes, compiled ${sizes.compiled} bytes`,
  ].join('\n')
}
