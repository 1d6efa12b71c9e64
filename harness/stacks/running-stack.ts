/** A part of a hot update; times are `performance.now()` of the benchmark's process. */
export type UpdateSpan = { readonly name: string; readonly begunMs: number; readonly endedMs: number }

/** What a span does to the processes that serve: `rollout` touches them, `beside` leaves them alone. */
export type HotUpdate = { readonly beside: readonly UpdateSpan[]; readonly rollout: readonly UpdateSpan[] }

/** A stack whose processes run: what the benchmark asks of either. */
export type RunningStack = {
  readonly name: 'course' | 'changeover'
  /** The address of the primary itself, and of the front door. */
  readonly direct: string
  readonly gateway: string
  /** The address of Debian's nginx in front of the instances; with the course that is the front door. */
  readonly nginx: string
  /** Every process of the stack, by id; not those of an nginx that is not its front door. */
  readonly pids: () => readonly number[]
  /** Kills the process that answers for the primary with SIGKILL; resolves to its id. */
  readonly killPrimaryWorker: () => Promise<number>
  /** Replaces the model by the one in a file, as the stack's users would. */
  readonly update: (modelFile: string) => Promise<HotUpdate>
  readonly stop: () => Promise<void>
}

export type StackOptions = {
  /** A folder of the stack's own, removed by the caller. */
  readonly folder: string
  readonly modelFile: string
  /** Aborted when the benchmark is interrupted: nothing may be started any more. */
  readonly signal: AbortSignal
}

/** Carries out a part of an update and says when. */
export async function timeSpan(name: string, work: () => Promise<unknown>): Promise<UpdateSpan> {
  const begunMs = performance.now()
  await work()
  return { name, begunMs, endedMs: performance.now() }
}

/** From the first begin to the last end. */
export function wholeUpdate({ beside, rollout }: HotUpdate): UpdateSpan {
  const spans = [...beside, ...rollout]
  return {
    name: 'update',
    begunMs: Math.min(...spans.map(({ begunMs }) => begunMs)),
    endedMs: Math.max(...spans.map(({ endedMs }) => endedMs)),
  }
}
