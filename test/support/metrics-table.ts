import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A metric as the documentation describes it. */
export type DocumentedMetric = {
  readonly name: string
  readonly type: string
  readonly labels: readonly string[]
}

/** The rows of the tables of `docs/metrics.md`, or of its translation. */
export function readMetricsTable(file = 'metrics.md'): DocumentedMetric[] {
  const text = readFileSync(fileURLToPath(new URL(`../../docs/${file}`, import.meta.url)), 'utf8')
  return text.split('\n').flatMap((line) => {
    const [, name, type = '', labels = ''] = line.split('|').map((cell) => cell.trim())
    const found = /^`(changeover_\w+)`$/.exec(name ?? '')
    if (found === null) return []
    return {
      name: found[1] ?? '',
      type,
      labels: [...labels.matchAll(/`(\w+)`/g)].map(([, one]) => one ?? ''),
    }
  })
}

/** One line of a scrape. */
export type ScrapedSample = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** The samples of a scrape in Prometheus' text format. */
export function parseScrape(text: string): ScrapedSample[] {
  return text.split('\n').flatMap((line) => {
    const found = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line)
    if (found === null) return []
    const [, name = '', labels = '', value] = found
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
    return {
      name,
      labels: Object.fromEntries(pairs.map(([, label = '', one = '']) => [label, one])),
      value: Number(value),
    }
  })
}
