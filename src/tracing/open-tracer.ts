import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Tracing } from '../config/schema/index.ts'
import { ChangeoverError, toMessage } from '../contracts/index.ts'
import { createTracer } from './create-tracer.ts'
import type { Tracer } from './tracer.ts'

export type TracerOptions = Tracing & {
  /** Which process of the stack this is: `primary-0`. */
  readonly processName: string
  /** The version of this program. */
  readonly version: string
  /** Is told once if traces cannot be sent, and once if they can be again. */
  readonly complain: (message: string) => void
}

/** What waits to be sent, and what is sent at once; what comes beyond is dropped. */
const queue = { maxQueueSize: 2_048, maxExportBatchSize: 512, scheduledDelayMillis: 1_000 }
const sendTimeoutMs = 5_000
const closeTimeoutMs = 1_000

const packages = [
  '@opentelemetry/api',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-trace-base',
  '@opentelemetry/exporter-trace-otlp-http',
]

/** Begins to send traces. Throws `tracing_unavailable` if the packages of OpenTelemetry are not installed, with the command that installs them. */
export async function openTracer(options: TracerOptions): Promise<Tracer> {
  const { endpoint, sampleRatio, serviceName, processName, version, complain } = options
  const { api, resources, sdk, otlp } = await loadLibraries()
  const exporter = new otlp.OTLPTraceExporter({ url: tracesUrl(endpoint), timeoutMillis: sendTimeoutMs })
  const reported = withComplaints(exporter, (error) =>
    complain(
      error === undefined
        ? `traces are sent to ${endpoint} again`
        : `traces cannot be sent to ${endpoint}: ${error}; they are dropped until it takes them`,
    ),
  )
  const provider = new sdk.BasicTracerProvider({
    resource: resources.resourceFromAttributes({
      'service.name': serviceName,
      'service.version': version,
      'service.instance.id': `${hostname()}/${processName}/${process.pid}`,
      'host.name': hostname(),
      'process.pid': process.pid,
      'changeover.process': processName,
    }),
    sampler: new sdk.AlwaysOnSampler(),
    spanProcessors: [new sdk.BatchSpanProcessor(reported, { ...queue, exportTimeoutMillis: sendTimeoutMs })],
  })
  return createTracer(api, provider.getTracer('changeover', version), {
    sampleRatio,
    random: Math.random,
    close: async () => {
      await Promise.race([
        provider.shutdown().catch(() => undefined),
        sleep(closeTimeoutMs, undefined, { ref: false }),
      ])
    },
  })
}

async function loadLibraries() {
  try {
    const [api, resources, sdk, otlp] = await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
    ])
    return { api, resources, sdk, otlp }
  } catch (error) {
    const message = toMessage(error).split('\n', 1)[0] ?? ''
    throw new ChangeoverError(
      'tracing_unavailable',
      `the configuration has \`tracing\`, whose packages are not all installed (${message}); run \`npm install ${packages.join(' ')}\`, or remove the key`,
      { cause: error },
    )
  }
}

/** An endpoint without a path is a collector's, which takes traces at this one. */
function tracesUrl(endpoint: string): string {
  const url = new URL(endpoint)
  if (url.pathname === '/') url.pathname = '/v1/traces'
  return url.href
}

type Exporter = {
  readonly export: (spans: never[], done: (result: { code: number; error?: Error }) => void) => void
}

/** The same exporter; reports the first failure in a row, and the success after it with undefined. */
function withComplaints<Wrapped extends Exporter>(
  exporter: Wrapped,
  report: (error: string | undefined) => void,
): Wrapped {
  let isFailing = false
  const send = exporter.export.bind(exporter)
  return Object.assign(exporter, {
    export: (spans: never[], done: (result: { code: number; error?: Error }) => void) =>
      send(spans, (result) => {
        const hasFailed = result.code !== 0
        if (hasFailed !== isFailing) report(hasFailed ? toMessage(result.error) : undefined)
        isFailing = hasFailed
        done(result)
      }),
  })
}
