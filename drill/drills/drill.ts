import { setTimeout as sleep } from 'node:timers/promises'

import type { History, Rules, Span, Timeline } from '../../harness/judge/index.ts'
import type { LearntVersion, Load, LoadPlan, LoadRequest } from '../../harness/load/index.ts'
import type { DrillModel, ModelFile } from '../../harness/models/choose-models.ts'
import type { Random } from '../../harness/random.ts'
import type { OurStack } from '../stacks/our-stack.ts'
import type { Stack } from '../stacks/stack.ts'

/** A version that a drill can take a stack to: its file, and what it says. */
export type DrillVersion = ModelFile & LearntVersion

/** What a fault may use while the load runs. */
export type Scene<S extends Stack = OurStack> = {
  readonly stack: S
  readonly model: DrillModel
  readonly versions: readonly DrillVersion[]
  readonly timeline: Timeline
  /** What the history is judged by in the end. */
  readonly rules: Rules
  /** When more was sent than can be served; a fault that does so adds to it. */
  readonly overloads: Span[]
  /** The times at which processes die with requests in progress; a fault that kills them adds to it. */
  readonly deaths: Span[]
  readonly history: History
  readonly requests: readonly LoadRequest[]
  readonly random: Random
  readonly isShort: boolean
  /** A folder for files of the fault's own: where the service is too, if the drill has one. */
  readonly folder: string
  readonly signal: AbortSignal
  /** Starts clients whose requests are judged like all others. */
  readonly startLoad: (plan: LoadPlan) => Load
  readonly say: (text: string) => void
  /** Notes something that breaks the promise and does not show in the history. */
  readonly find: (text: string) => void
}

/** Does one thing to a stack, and returns when the stack is whole again. */
export type Fault<S extends Stack = OurStack> = (
  scene: Scene<S>,
  turn: { readonly index: number; readonly times: number },
) => Promise<void>

/** Adds to the load for some time. Resolves when all that it sent has ended. */
export async function addLoad(
  { startLoad, signal }: Pick<Scene, 'startLoad' | 'signal'>,
  plan: LoadPlan,
  forMs: number,
): Promise<void> {
  const load = startLoad(plan)
  await sleep(forMs, undefined, { signal }).finally(load.stop)
}

/**
 * Waits until every worker serves, and until no request is under way that one of the instances has not answered: nginx asks
 * each of both once, so a request that it has given up at one must find the other alive.
 */
export async function untilWhole({
  stack,
  signal,
}: {
  readonly stack: Stack
  readonly signal: AbortSignal
}): Promise<void> {
  await stack.untilReady()
  if (stack.answerTimeoutMs !== undefined) await sleep(stack.answerTimeoutMs, undefined, { signal })
}

export type Drill = {
  readonly name: string
  /** What happens, for the table: `kill -9 of a random worker`. */
  readonly what: string
  readonly times: { readonly full: number; readonly short: number }
  readonly fault: Fault
  /** The same for the course's stack, where it has such a thing. */
  readonly courseFault?: Fault<Stack>
  /** Whether the second version is needed, and so what it says. */
  readonly needsBoth: boolean
  /** A service in place of the example's, copied into the drill's folder. */
  readonly exampleService?: string
  /** Requests besides the example's, for that service. */
  readonly exampleRequests?: readonly LoadRequest[]
  /** Whether a request may not be sent twice. */
  readonly isOnce?: (request: LoadRequest) => boolean
  /** Called before a load begins; what it returns, when all of that has ended. */
  readonly watch?: (scene: Scene) => () => void
  /** Whether it proves what our own gateway alone promises: it is for no other front door. */
  readonly isOfGateway?: true
}
