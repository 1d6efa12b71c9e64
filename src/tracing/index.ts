/** Traces of requests and deploys, by OpenTelemetry, where they are configured. */
export type { TracerOptions } from './open-tracer.ts'
export { openTracer } from './open-tracer.ts'
export { traceDeploys } from './trace-deploys.ts'
export type { Attributes, Span, Tracer } from './tracer.ts'
