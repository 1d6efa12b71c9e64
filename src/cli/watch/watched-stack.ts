import type {
  DeployEvent,
  HistoryEntry,
  StreamEvent,
  WatchedDeploy,
  WatchedSecond,
  WatchedStatus,
} from '../../contracts/index.ts'

/** How long the label mix looks back, and how many seconds the line of rates has at most. */
const mixSeconds = 60

/** A deploy or rollback, and what it has done so far. */
export type WatchedRun = WatchedDeploy & { readonly events: readonly DeployEvent[] }

/** What the stream of a stack has said, as far as it is shown. */
export type WatchedStack = {
  readonly status: WatchedStatus
  /** Of the last minute, oldest first. */
  readonly seconds: readonly WatchedSecond[]
  /** Those under way, and the last one that ended; the latest comes last. */
  readonly runs: readonly WatchedRun[]
  readonly last: HistoryEntry | undefined
}

/** What is known after one more line; undefined before the first snapshot. */
export function follow(before: WatchedStack | undefined, event: StreamEvent): WatchedStack | undefined {
  if (event.type === 'snapshot')
    return {
      status: event.status,
      seconds: event.series.filter(({ atMs }) => atMs > event.atMs - mixSeconds * 1_000),
      runs: withEnded(before?.runs ?? [], event.deploys),
      last: event.history.at(-1),
    }
  if (before === undefined) return undefined
  switch (event.type) {
    case 'status':
      return { ...before, status: event.status }
    case 'figures':
      return { ...before, seconds: [...before.seconds, event.figures].slice(-mixSeconds) }
    case 'deploy':
      return {
        ...before,
        runs: [...before.runs.filter((run) => !hasEnded(run)), { ...event.deploy, events: [] }],
      }
    case 'deployEvent':
      return {
        ...before,
        runs: before.runs.map((run) =>
          run.id === event.id ? { ...run, events: [...run.events, event.event] } : run,
        ),
      }
    case 'history':
      return { ...before, last: event.entry }
    case 'closed':
    default:
      // A newer supervisor says more.
      return before
  }
}

function hasEnded({ events }: WatchedRun): boolean {
  return events.at(-1)?.type === 'end'
}

/** A snapshot lists what is under way alone; the last result stays, until there is another one. */
function withEnded(before: readonly WatchedRun[], underWay: readonly WatchedRun[]): readonly WatchedRun[] {
  if (underWay.length > 0) return underWay
  return before.filter(hasEnded).slice(-1)
}
