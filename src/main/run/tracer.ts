import type { Tracing } from '../../config/schema/index.ts'
import type { Log } from '../../contracts/index.ts'
import { toMessage } from '../../contracts/index.ts'
import type { Part } from '../../process/index.ts'
import type { Tracer } from '../../tracing/index.ts'

/** The tracer of this process; undefined if none is configured, and then nothing of it is loaded. Throws `tracing_unavailable`. */
export async function openProcessTracer(
  tracing: Tracing | undefined,
  processName: string,
  log: Log,
): Promise<Tracer | undefined> {
  if (tracing === undefined) return undefined
  const [{ openTracer }, { version }] = await Promise.all([
    import('../../tracing/index.ts'),
    import('./version.ts'),
  ])
  return openTracer({ ...tracing, processName, version, complain: (message) => log('warning', message) })
}

/** The same part; what it has traced is sent when it has closed. */
export function withTracer(part: Part, tracer: Tracer | undefined): Part {
  if (tracer === undefined) return part
  return {
    start: () => part.start(),
    close: async (ending) => {
      await part.close(ending)
      await tracer.close()
    },
  }
}

/** The tracer of a supervisor, which outlives its configuration. */
export type FollowingTracer = {
  readonly current: () => Tracer | undefined
  /** Traces as another configuration says. Does not fail. */
  readonly follow: (tracing: Tracing | undefined) => Promise<void>
  readonly close: () => Promise<void>
}

/** Throws `tracing_unavailable`. */
export async function openFollowingTracer(tracing: Tracing | undefined, log: Log): Promise<FollowingTracer> {
  const open = (wanted: Tracing | undefined): Promise<Tracer | undefined> =>
    openProcessTracer(wanted, 'supervisor', log)
  let current = await open(tracing)
  let now = JSON.stringify(tracing)
  return {
    current: () => current,
    follow: async (wanted) => {
      if (JSON.stringify(wanted) === now) return
      now = JSON.stringify(wanted)
      const before = current
      current = await open(wanted).catch((error: unknown) => {
        log('error', toMessage(error))
        return undefined
      })
      await before?.close()
    },
    close: async () => current?.close(),
  }
}
