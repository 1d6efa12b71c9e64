import type { Metric, RegistryContentType } from 'prom-client'

import type { Family, Sample, Told } from './family.ts'
import { modelFamilies } from './model-families.ts'
import { processFamilies } from './process-families.ts'
import { routeFamilies } from './route-families.ts'
import { stackFamilies } from './stack-families.ts'

/** Every metric, in the order of the documentation. */
export const families: readonly Family[] = [
  ...routeFamilies,
  ...stackFamilies,
  ...modelFamilies,
  ...processFamilies,
]

/** The text of a scrape, and its type. */
export type MetricsText = { readonly contentType: string; readonly text: string }

/** Formats what is told for a scraper that accepts `accept`: in OpenMetrics if it prefers that, otherwise in Prometheus' own format. */
export type FormatMetrics = (accept: string | undefined) => Promise<MetricsText>

/**
 * Formats what `tell` tells at each scrape. A text is kept as long as the figures are the same: however often it is asked for, it
 * is made once a second.
 */
export function createMetricsFormat(tell: () => Told): FormatMetrics {
  const kept = new Map<string, { readonly figures: Told['figures']; readonly made: Promise<MetricsText> }>()
  return (accept) => {
    const told = tell()
    const kind = prefersOpenMetrics(accept) ? 'openMetrics' : 'prometheus'
    const before = kept.get(kind)
    if (before?.figures === told.figures) return before.made
    const made = format(told, kind)
    kept.set(kind, { figures: told.figures, made })
    return made
  }
}

/** The library is loaded by the first scrape: a stack that nobody scrapes starts without it. */
async function format(told: Told, kind: 'openMetrics' | 'prometheus'): Promise<MetricsText> {
  const { Registry } = await import('prom-client')
  const contentType: RegistryContentType =
    kind === 'openMetrics' ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE
  const registry = new Registry<RegistryContentType>()
  registry.setContentType(contentType)
  for (const family of families) registry.registerMetric(toMetric(family, told) as unknown as Metric)
  return { contentType, text: await registry.metrics() }
}

/** A metric as the registry reads one: the library's own can only count up, and these are counted already. */
function toMetric({ name, type, help, collect }: Family, told: Told): object {
  const metric = {
    name,
    type,
    help,
    // The registry changes the name of a counter before it asks.
    get: () => ({ name: metric.name, type, help, values: withSafeLabels(collect(told)), aggregator: 'sum' }),
  }
  return metric
}

const maxLabelLength = 200

/** A label of a model may be any text, of any length, and two may look the same when they are cut: those are told together. */
function withSafeLabels(samples: readonly Sample[]): Sample[] {
  const told = new Map<string, Sample>()
  for (const { metricName = '', labels, value } of samples) {
    const safeLabels = Object.entries(labels).map(([name, text]) => [name, safe(text)] as const)
    const key = JSON.stringify([metricName, safeLabels])
    told.set(key, {
      ...(metricName === '' ? {} : { metricName }),
      labels: Object.fromEntries(safeLabels),
      value: value + (told.get(key)?.value ?? 0),
    })
  }
  return [...told.values()]
}

/** Half a character is none in UTF-8, and a carriage return ends a line for some. */
function safe(value: string): string {
  const short = value.length > maxLabelLength ? `${value.slice(0, maxLabelLength - 1)}…` : value
  return Buffer.from(short).toString().replaceAll('\r', ' ')
}

/** By the qualities that it gives each, as Prometheus does; at the same quality OpenMetrics. */
function prefersOpenMetrics(accept = ''): boolean {
  const qualityOf = (...types: readonly string[]): number =>
    Math.max(
      0,
      ...accept.split(',').map((part) => {
        const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
        const version = parameters.find((text) => text.startsWith('version='))
        if (!types.includes(type)) return 0
        if (type === 'application/openmetrics-text' && version !== undefined && version !== 'version=1.0.0')
          return 0
        const quality = Number(parameters.find((text) => text.startsWith('q='))?.slice(2) ?? 1)
        return Number.isNaN(quality) ? 0 : quality
      }),
    )
  const open = qualityOf('application/openmetrics-text')
  return open > 0 && open >= qualityOf('text/plain')
}
