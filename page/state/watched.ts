import type { DeployEvent } from '../../src/contracts/control.ts'
import type { HistoryEntry, Receipt } from '../../src/contracts/history.ts'
import { outcomeOf } from '../../src/contracts/step-outcome.ts'
import type { StreamEvent, WatchedDeploy, WatchedSecond, WatchedStatus } from '../../src/contracts/stream.ts'

/** A deploy as it is seen: what is under way, or what has ended since the page was opened. */
export type SeenDeploy = WatchedDeploy & { readonly events: readonly DeployEvent[] }

/** What the page knows of the stack. */
export type Watched = {
  readonly status: WatchedStatus
  readonly series: readonly WatchedSecond[]
  /** The latest last; those that have ended stay until others come. */
  readonly deploys: readonly SeenDeploy[]
  readonly history: readonly HistoryEntry[]
}

const keptMs = 3_600_000
const keptDeploys = 5
const keptEvents = 500
const keptEntries = 200

/** What is known after an event; undefined before the first snapshot. Events of an unknown type change nothing. */
export function watch(before: Watched | undefined, event: StreamEvent): Watched | undefined {
  if (event.type === 'snapshot') {
    const { status, series, history, deploys } = event
    const ended = (before?.deploys ?? []).filter(({ id }) => !deploys.some((one) => one.id === id))
    return { status, series, history, deploys: [...ended.filter(hasEnded), ...deploys].slice(-keptDeploys) }
  }
  if (before === undefined) return undefined
  switch (event.type) {
    case 'status':
      return { ...before, status: event.status }
    case 'figures': {
      const toMs = event.figures.atMs
      // What seems to come later was written before the clock was set back.
      const earlier = before.series.filter(({ atMs }) => atMs > toMs - keptMs && atMs < toMs)
      return { ...before, series: [...earlier, event.figures] }
    }
    case 'deploy':
      return { ...before, deploys: [...before.deploys, { ...event.deploy, events: [] }].slice(-keptDeploys) }
    case 'deployEvent':
      return { ...before, deploys: before.deploys.map((deploy) => addEvent(deploy, event.id, event.event)) }
    case 'history':
      return { ...before, history: [...before.history, event.entry].slice(-keptEntries) }
    case 'closed':
    default:
      return before
  }
}

function addEvent(deploy: SeenDeploy, id: string, event: DeployEvent): SeenDeploy {
  return deploy.id === id ? { ...deploy, events: [...deploy.events, event].slice(-keptEvents) } : deploy
}

export function hasEnded({ events }: Pick<SeenDeploy, 'events'>): boolean {
  return events.at(-1)?.type === 'end'
}

/** A step as it stands. */
export type SeenStep = {
  readonly step: string
  readonly state: 'started' | 'done' | 'failed'
  readonly durationMs?: number
  readonly detail?: string
  readonly outcome?: string
}

/** The steps of a deploy, each as its last event has it, in the order in which they began. */
export function listSteps(events: readonly DeployEvent[]): SeenStep[] {
  const steps: SeenStep[] = []
  for (const event of events) {
    if (event.type !== 'step') continue
    const { step, state } = event
    const seen: SeenStep =
      event.state === 'started'
        ? { step, state }
        : {
            ...{ step, state, durationMs: event.durationMs },
            ...(event.detail !== undefined && { detail: event.detail }),
            ...describeOutcome(state, outcomeOf(event)),
          }
    const place = steps.findLastIndex((one) => one.step === step && one.state === 'started')
    if (place === -1) steps.push(seen)
    else steps[place] = seen
  }
  return steps
}

/** A step that failed is shown as that, whatever its checks found. */
function describeOutcome(
  state: SeenStep['state'],
  outcome: string | undefined,
): { readonly outcome?: string } {
  return state === 'failed' || outcome === undefined ? {} : { outcome }
}

/** The steps of a receipt. Those that older builds wrote have no outcomes: that of the bake is in the receipt, and what was overridden in the entry. */
export function listReceiptSteps(
  { overrode = [] }: Pick<HistoryEntry, 'overrode'>,
  { steps, bake }: Receipt,
): SeenStep[] {
  return steps.map(({ outcome, ...seen }) => {
    const isOverridden = overrode.some((gate) => seen.step === `gate ${gate}`)
    const found =
      outcome ??
      (isOverridden ? 'overridden' : seen.step.startsWith('bake ') ? outcomeOf({ bake }) : undefined)
    return { ...seen, ...describeOutcome(seen.state, found) }
  })
}

/** What a deploy that ended well was not checked by: what was overridden, and what could not be compared. */
export type Shortfalls = {
  readonly overrode: readonly string[]
  readonly notCompared: readonly { readonly what: string; readonly why: string }[]
  /** Something was overridden, or nothing was compared: this is no plain success. */
  readonly isDoubtful: boolean
}

export function listShortfalls(end: DeployEvent | undefined): Shortfalls {
  if (end?.type !== 'end' || !end.ok) return { overrode: [], notCompared: [], isDoubtful: false }
  const { overrode = [], comparisons } = end
  const isUncompared = comparisons !== undefined && comparisons.compared.length === 0
  return {
    overrode,
    notCompared: comparisons?.notCompared ?? [],
    isDoubtful: overrode.length > 0 || isUncompared,
  }
}

/** When a version of a model took the place of another: what the charts mark. */
export type Mark = {
  readonly atMs: number
  readonly model: string
  readonly version: string
  readonly hasFailed: boolean
  readonly isRollback: boolean
}

export function listMarks(history: readonly HistoryEntry[]): Mark[] {
  return history
    .filter(({ action }) => action === 'deploy' || action === 'rollback')
    .map(({ atMs, model, version, outcome, action }) => ({
      ...{ atMs, model, version, hasFailed: outcome !== 'done', isRollback: action === 'rollback' },
    }))
}
