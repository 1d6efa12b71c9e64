import type * as Api from '@opentelemetry/api'

import { Clock } from './clock.ts'
import { formatTraceparent, parseTraceparent } from './traceparent.ts'
import type { Attributes, Span, Tracer } from './tracer.ts'

type Library = typeof Api

export type CreateOptions = {
  readonly sampleRatio: number
  /** From 0 to 1. */
  readonly random: () => number
  readonly close: () => Promise<void>
}

/** What the spans of a process have in common, and how far its clock is from the wall clock. */
type Surroundings = { readonly api: Library; readonly tracer: Api.Tracer; readonly offsetMs: number }

/** Our tracer over OpenTelemetry's, which records everything that it is given: what is sampled is decided here. */
export function createTracer(
  api: Library,
  tracer: Api.Tracer,
  { sampleRatio, random, close }: CreateOptions,
): Tracer {
  const { ROOT_CONTEXT: root, SpanKind, trace } = api
  const clock = new Clock({ wallMs: Date.now, steadyMs: () => performance.now() })
  const begin = (name: string, options: Api.SpanOptions, parent?: Api.SpanContext): Span => {
    const offsetMs = clock.offsetMs()
    const context = parent === undefined ? root : trace.setSpanContext(root, parent)
    const startTime = performance.now() + offsetMs
    return wrap({ api, tracer, offsetMs }, tracer.startSpan(name, { ...options, startTime }, context))
  }
  const request = { kind: SpanKind.SERVER }
  const parentOf = (traceparent: string | undefined): Api.SpanContext | undefined => {
    const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent)
    if (parent === undefined) return undefined
    const { traceId, spanId, isSampled } = parent
    return { traceId, spanId, traceFlags: isSampled ? 1 : 0, isRemote: true }
  }
  return {
    beginRequest: (traceparent, name) => {
      const parent = parentOf(traceparent)
      const isSampled = parent === undefined ? random() < sampleRatio : parent.traceFlags === 1
      return isSampled ? begin(name, request, parent) : undefined
    },
    continueRequest: (traceparent, name) => {
      const parent = parentOf(traceparent)
      return parent?.traceFlags === 1 ? begin(name, request, parent) : undefined
    },
    begin: (name, attributes) => begin(name, { attributes }),
    close,
  }
}

function wrap(surroundings: Surroundings, span: Api.Span): Span {
  const { api, tracer, offsetMs } = surroundings
  const wall = (steadyMs = performance.now()): number => steadyMs + offsetMs
  return {
    traceparent: formatTraceparent(span.spanContext()),
    rename: (name) => void span.updateName(name),
    set: (attributes) => void span.setAttributes(attributes),
    event: (name, attributes) => void span.addEvent(name, attributes, wall()),
    fail: (message) => void span.setStatus({ code: api.SpanStatusCode.ERROR, message }),
    begin: (name, attributes: Attributes = {}, atMs) => {
      const context = api.trace.setSpan(api.ROOT_CONTEXT, span)
      return wrap(surroundings, tracer.startSpan(name, { startTime: wall(atMs), attributes }, context))
    },
    end: (atMs) => span.end(wall(atMs)),
  }
}
