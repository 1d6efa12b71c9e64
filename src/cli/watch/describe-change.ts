import type { StreamEvent, WatchedStatus } from '../../contracts/index.ts'
import { formatTime } from '../output/output.ts'
import { describeEnd, describeStep, nameRun } from './describe-events.ts'
import type { Line } from './line.ts'
import type { WatchedStack } from './watched-stack.ts'

/** What one more line of the stream says, for a reader that is no terminal: one line for each change, none for figures; of one model alone if that is given. */
export function describeChange(
  before: WatchedStack | undefined,
  event: StreamEvent,
  model?: string,
): readonly string[] {
  return textsOf(before, event, model).map((text) => `${formatTime(event.atMs)}  ${text}`)
}

function textsOf(
  before: WatchedStack | undefined,
  event: StreamEvent,
  model: string | undefined,
): readonly string[] {
  const isOther = (one: { readonly model: string }): boolean => model !== undefined && one.model !== model
  const ofModel = (status: WatchedStatus): WatchedStatus => ({
    ...status,
    models: status.models.filter((one) => !isOther(one)),
    damaged: status.damaged.filter((one) => !isOther(one)),
  })
  switch (event.type) {
    case 'snapshot':
    case 'status':
      return describeDifference(before && ofModel(before.status), ofModel(event.status))
    case 'deploy':
      return isOther(event.deploy) ? [] : [`${nameRun({ ...event.deploy, events: [] })} begins`]
    case 'deployEvent': {
      const run = before?.runs.find(({ id }) => id === event.id)
      if (run === undefined || isOther(run)) return []
      const name = nameRun(run)
      const end = describeEnd(event.event)
      if (end !== undefined) return [`${name} ${textOf(end)}`]
      return event.event.type === 'step' ? [`${name}: ${textOf(describeStep(event.event))}`] : []
    }
    case 'closed':
      return ['the supervisor stops']
    case 'figures':
    case 'history':
    default:
      return []
  }
}

function textOf(line: Line): string {
  return line.map((span) => (typeof span === 'string' ? span : span.text)).join('')
}

/** What is served, what is up, paused or damaged, each as it is now if it was otherwise before. */
function describeDifference(before: WatchedStatus | undefined, now: WatchedStatus): readonly string[] {
  const known = new Map(before === undefined ? [] : factsOf(before))
  const facts = factsOf(now)
  const left = new Set(facts.map(([subject]) => subject))
  return [
    ...facts
      .filter(([subject, state]) => known.get(subject) !== state)
      .map(([subject, state]) => `${subject}: ${state}`),
    ...[...known.keys()].filter((subject) => !left.has(subject)).map((subject) => `${subject}: no more`),
  ]
}

function factsOf({
  pid,
  gateway,
  instances,
  models,
  damaged,
}: WatchedStatus): (readonly [subject: string, state: string])[] {
  return [
    ['supervisor', `process ${pid}`],
    ['gateway', gateway.process === null ? 'down' : `up, process ${gateway.process.pid}`],
    ...instances.flatMap(({ name, paused, workers }) => [
      ...(paused === true ? [[`${name} requests`, 'paused'] as const] : []),
      ...workers.map(
        (worker, index) =>
          [`${name} ${index}`, worker === null ? 'down' : `up, process ${worker.pid}`] as const,
      ),
    ]),
    ...models.map(
      ({ model, active, unloaded }) =>
        [model, `${active ?? 'no version'}${unloaded === true ? ', unloaded by a client' : ''}`] as const,
    ),
    ...damaged.map(({ model, version, why }) => [`${model}@${version} damaged`, why] as const),
  ]
}
