/** The metrics of a stack in the text formats of Prometheus and OpenMetrics. */
export type { Told } from './family.ts'
export type { FormatMetrics } from './format-metrics.ts'
export { createMetricsFormat, families } from './format-metrics.ts'
export { MetricsServer } from './metrics-server.ts'
