import type { Config } from '../../config/schema/index.ts'
import { parseTcpAddress } from '../../config/schema/index.ts'
import type { Log, StackFacts, StackFigures } from '../../contracts/index.ts'
import type { FormatMetrics } from '../../prometheus/index.ts'
import { createMetricsFormat, MetricsServer } from '../../prometheus/index.ts'
import { version } from './version.ts'

export type ServedMetrics = { readonly format: FormatMetrics; readonly close: () => void }

/** Serves the metrics on a port of their own, if the configuration has one. Throws `port_in_use` and `bind_failed`. */
export async function serveMetrics(
  supervisor: { readonly figures: { readonly figures: StackFigures }; readonly facts: StackFacts },
  { metrics }: Pick<Config, 'metrics'>,
  log: Log,
): Promise<ServedMetrics> {
  const build = { version, node: process.versions.node }
  const format = createMetricsFormat(() => ({
    figures: supervisor.figures.figures,
    facts: supervisor.facts,
    build,
  }))
  const address = metrics && parseTcpAddress(metrics.bind)
  if (address === undefined) return { format, close: () => undefined }
  const server = new MetricsServer(format)
  log('info', `metrics at ${await server.start(address)}`)
  return { format, close: () => server.close() }
}
