import type { WatchedInstance, WatchedModel, WatchedSecond, WatchedTraffic } from '../../contracts/index.ts'
import { nameCaller, nameTarget } from '../output/describe-entry.ts'
import { formatTime } from '../output/output.ts'
import { describeEnd, describeSteps, nameRun } from './describe-events.ts'
import type { Colour, Line } from './line.ts'
import { fitCell, fitLine } from './line.ts'
import type { LabelCount } from './mix-of.ts'
import { mixOf } from './mix-of.ts'
import type { WatchedStack } from './watched-stack.ts'

/** How the stream is. */
export type Connection =
  /** `silentMs` ago something came, which it does each second. */
  | { readonly is: 'live'; readonly silentMs: number }
  | { readonly is: 'lost'; readonly silentMs: number; readonly why: string }

export type WatchView = {
  readonly stack: WatchedStack
  readonly connection: Connection
  /** Only this model is shown. */
  readonly model?: string
}

export type Screen = {
  readonly columns: number
  readonly rows: number
  readonly paint: (colour: Colour, text: string) => string
}

/** Numbers that are older than this are marked. */
const freshMs = 3_000

const maxBars = 5
const nameColumns = 24
const blocks = '▁▂▃▄▅▆▇█'

/** What a terminal shows of a stack: at most `rows` lines of at most `columns` columns. The last one says how to leave. */
export function drawWatch(view: WatchView, { columns, rows, paint }: Screen): readonly string[] {
  if (rows <= 0) return []
  const isOld = view.connection.is === 'lost' || view.connection.silentMs > freshMs
  const body = [
    ...describeHead(view.stack, view.connection, isOld),
    ...[
      ...describeTraffic(view.stack.seconds, columns),
      ...describeProcesses(view.stack),
      ...describeRuns(view.stack, rows),
      ...describeModels(view, columns),
    ].map((line): Line => (isOld && line.length > 0 ? [{ text: 'old ', colour: 'yellow' }, ...line] : line)),
  ]
  const most = rows - 1
  const shown =
    body.length <= most
      ? body
      : [
          ...body.slice(0, Math.max(0, most - 1)),
          [
            {
              text: `… ${body.length - most + 1} more lines; a taller window shows them`,
              colour: 'dim',
            } as const,
          ],
        ].slice(0, most)
  const foot: Line = [{ text: 'q quits', colour: 'dim' }]
  return [...shown, foot].map((line) => fitLine(line, columns, paint))
}

function describeHead({ status }: WatchedStack, connection: Connection, isOld: boolean): readonly Line[] {
  const seconds = Math.round(connection.silentMs / 1_000)
  const state: Line =
    connection.is === 'lost'
      ? [{ text: `CONNECTION LOST ${seconds} s ago, trying again: ${connection.why}`, colour: 'red' }]
      : isOld
        ? [{ text: `NO DATA for ${seconds} s; what is below is old`, colour: 'yellow' }]
        : [{ text: 'live', colour: 'green' }]
  return [
    state,
    [
      { text: `supervisor ${status.pid}`, colour: 'bold' },
      `, since ${formatTime(status.startedAtMs)}, ${status.configPath}`,
    ],
    ...status.damaged.slice(0, 3).map(({ why }): Line => [{ text: `damaged: ${why}`, colour: 'red' }]),
    [],
  ]
}

function describeTraffic(seconds: readonly WatchedSecond[], columns: number): readonly Line[] {
  const traffic = seconds.at(-1)?.gateway ?? null
  if (traffic === null) return [['requests    not known: the gateway does not answer'], []]
  return [describeRates(traffic), describeLatency(traffic), describeMinute(seconds, columns), []]
}

function describeRates({
  answeredPerSecond,
  failedPerSecond,
  refusedPerSecond,
  inFlight,
  waiting,
}: WatchedTraffic): Line {
  return [
    `requests    ${formatRate(answeredPerSecond)}   `,
    alarm(`failed ${formatRate(failedPerSecond)}`, failedPerSecond > 0),
    '   ',
    alarm(
      `refused ${refusedPerSecond === null ? '-' : formatRate(refusedPerSecond)}`,
      (refusedPerSecond ?? 0) > 0,
    ),
    `   in flight ${inFlight}   queued ${waiting ?? '-'}`,
  ]
}

function describeLatency({ p50Ms, p99Ms }: WatchedTraffic): Line {
  return [`latency     p50 ${formatMs(p50Ms)}   p99 ${formatMs(p99Ms)}`]
}

/** The rates of the last minute, each as high as its share of the highest. */
function describeMinute(seconds: readonly WatchedSecond[], columns: number): Line {
  const rates = seconds
    .map(({ gateway }) => gateway?.answeredPerSecond ?? null)
    .slice(-Math.max(1, columns - 24))
  const highest = Math.max(0, ...rates.map((rate) => rate ?? 0))
  const bars = rates.map((rate) => {
    if (rate === null) return ' '
    return highest === 0
      ? blocks.charAt(0)
      : blocks.charAt(Math.round((rate / highest) * (blocks.length - 1)))
  })
  return ['last minute ', { text: bars.join(''), colour: 'cyan' }, ` up to ${formatRate(highest)}`]
}

function describeProcesses({ status: { gateway, instances } }: WatchedStack): readonly Line[] {
  return [
    [
      'gateway     ',
      gateway.process === null ? { text: 'DOWN', colour: 'red' } : { text: 'up', colour: 'green' },
      `   ${gateway.address}${restartsOf(gateway.restarts)}`,
    ],
    ...instances.map(describeInstance),
    [],
  ]
}

function describeInstance({ name, address, restarts, paused, workers }: WatchedInstance): Line {
  const up = workers.filter((worker) => worker !== null)
  const other = [
    ...new Set(
      up.flatMap(({ otherVersions }) => otherVersions.map(({ model, version }) => `${model}@${version}`)),
    ),
  ]
  return [
    name.padEnd(12),
    up.length === 0
      ? { text: 'DOWN', colour: 'red' }
      : paused === true
        ? { text: 'paused', colour: 'yellow' }
        : up.length < workers.length
          ? { text: `${up.length} of ${workers.length} up`, colour: 'yellow' }
          : { text: 'up', colour: 'green' },
    `   ${address}${restartsOf(restarts)}`,
    ...(other.length === 0 ? [] : [{ text: `   serves ${other.join(' ')}`, colour: 'yellow' as const }]),
  ]
}

/** What is under way comes with its latest steps, as many as leave room for the rest. */
function describeRuns({ runs, last }: WatchedStack, rows: number): readonly Line[] {
  if (runs.length === 0) {
    if (last === undefined) return []
    const what = [last.action, nameTarget(last)].filter((text) => text !== '').join(' ')
    return [[`last        ${what} by ${nameCaller(last)}: ${last.outcome}, ${formatTime(last.atMs)}`], []]
  }
  return runs.flatMap((run) => {
    const steps = describeSteps(run.events)
    const most = Math.max(3, rows - 20)
    const left = steps.length - most
    return [
      [
        { text: nameRun(run), colour: 'bold' } as const,
        '   ',
        ...(describeEnd(run.events.at(-1)) ?? ['under way']),
      ],
      ...(left > 0 ? [[{ text: `  ${left} steps before`, colour: 'dim' } as const]] : []),
      ...steps.slice(-most).map((step): Line => ['  ', ...step]),
      [],
    ]
  })
}

function describeModels({ stack, model }: WatchView, columns: number): readonly Line[] {
  const models = stack.status.models.filter((one) => model === undefined || one.model === model)
  const mixes = new Map(mixOf(stack.seconds).map((mix) => [`${mix.model}@${mix.version}`, mix]))
  const askedOf = (one: WatchedModel): number => mixes.get(`${one.model}@${one.active}`)?.predictions ?? 0
  return [...models]
    .sort((one, other) => askedOf(other) - askedOf(one))
    .flatMap((one) => {
      const mix = mixes.get(`${one.model}@${one.active}`)
      return [describeModel(one), ...describeMix(mix?.labels ?? [], columns)]
    })
}

function describeModel({ model, active, previous, sinceMs, unloaded }: WatchedModel): Line {
  if (active === null) return [{ text: model, colour: 'bold' }, '   no version yet']
  return [
    { text: `${model}@${active}`, colour: 'bold' },
    sinceMs === null ? '' : `   since ${formatTime(sinceMs)}`,
    previous === null ? '' : `   before: ${previous}`,
    ...(unloaded === true ? [{ text: '   unloaded by a client', colour: 'red' as const }] : []),
  ]
}

/** A bar for each of the most frequent labels of the last minute, and one for the rest. */
function describeMix(labels: readonly LabelCount[], columns: number): readonly Line[] {
  const total = labels.reduce((sum, [, count]) => sum + count, 0)
  if (total === 0) return []
  const shown = labels.slice(0, labels.length > maxBars ? maxBars - 1 : maxBars)
  const rest = total - shown.reduce((sum, [, count]) => sum + count, 0)
  const bars: readonly LabelCount[] =
    rest > 0 ? [...shown, [`${labels.length - shown.length} others`, rest]] : shown
  const width = Math.max(1, Math.min(nameColumns, Math.floor(columns / 3)))
  const room = Math.max(1, columns - width - 14)
  return bars.map(([label, count]): Line => [
    `  ${fitCell(label.replace(/^__label__/, ''), width)} `,
    { text: '█'.repeat(Math.round((count / total) * room)), colour: 'cyan' },
    ` ${((count / total) * 100).toFixed(1)} %`,
  ])
}

function alarm(text: string, isBad: boolean): Line[number] {
  return isBad ? { text, colour: 'red' } : text
}

function restartsOf(restarts: number): string {
  return restarts === 0 ? '' : `   ${restarts} restart${restarts === 1 ? '' : 's'}`
}

function formatRate(perSecond: number): string {
  return `${perSecond.toFixed(perSecond > 0 && perSecond < 100 ? 1 : 0)}/s`
}

function formatMs(ms: number | null): string {
  return ms === null ? '-' : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`
}
