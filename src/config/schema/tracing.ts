import type { Static } from '#typebox'
import Type from '#typebox'

export const Tracing = Type.Object(
  {
    endpoint: Type.String({
      pattern: '^https?://[^\\s]+$',
      description: 'Where traces are sent by OTLP over HTTP: http://127.0.0.1:4318',
    }),
    sampleRatio: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 1,
      description: 'The share of requests that are traced; what a caller says in traceparent comes first.',
    }),
    serviceName: Type.String({
      minLength: 1,
      default: 'changeover',
      description: 'The service.name of what is sent.',
    }),
  },
  { additionalProperties: false },
)
/** Where traces are sent, and of what. */
export type Tracing = Static<typeof Tracing>
