import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Exchange } from '../../harness/judge/index.ts'
import type { LoadRequest } from '../../harness/load/index.ts'
import type { OurStack } from '../stacks/our-stack.ts'
import type { Drill, Fault, Scene } from './drill.ts'
import { hang } from './hang.ts'
import { kill } from './kill.ts'
import { reload } from './reload.ts'
import { storm } from './storm.ts'
import { swap } from './swap.ts'

/** A call of a function of the service, as that wrote it down. */
type Call = {
  readonly route: 'predict' | 'post' | 'once' | 'get'
  readonly id: string | null
  readonly n: string
}

/** A request to a route that may not be sent twice, in all the ways to write its path: most lead to it, some nowhere. */
const onceRequests: readonly LoadRequest[] = [
  ...['/post', '/post/', '//post', '/post?a=1', '/p%6fst', '/post/.', '/post/..', '/get/../post'],
  ...['/posts/7', '/posts/7/', '/posts/7/8', '/posts/.', '/posts/..', '/posts/%2e%2e', '/posts/x/..'],
  ...['/posts/%2e%2e/post', '/v1/is_name_question/../../post', '/v1/is_name_question/%2e%2e/%2e%2e/post'],
]
  .map((path, n): LoadRequest => ({ method: 'POST', path, body: JSON.stringify({ n }) }))
  .concat(
    ['/once/1', '/once/2/', '/once/.', '/once/..', '/once/%2e%2e', '/get/../once/3', '/once/4?b=2'].map(
      (path): LoadRequest => ({ method: 'GET', path, body: '' }),
    ),
  )

const getRequests = ['/get/1', '/get/2/', '/get/3?c=3'].map((path): LoadRequest => ({
  method: 'GET',
  path,
  body: '',
}))

/** How many copies of these are among the requests, so that a process that dies has some of them. */
const onceShare = 5

/** What the route of the service that is warmed is warmed with: no record may have it. */
const exampleText = '怎么称呼您呢'

/** Faults that kill a process with its requests in progress: one that may not be sent twice is then answered with 502. */
const deadly: readonly Drill[] = [kill, hang, storm]
const inTurn: readonly Drill[] = [swap, kill, hang, reload, storm]

const disturb: Fault = async (scene, turn) => {
  const { stack, deaths } = scene
  const possible =
    stack.answerTimeoutMs === undefined ? inTurn : inTurn.filter(({ isOfGateway }) => !isOfGateway)
  const drill = possible[turn.index % possible.length]
  if (drill === undefined) return
  const fromMs = performance.now()
  if (deadly.includes(drill)) deaths.push({ fromMs, toMs: Infinity })
  // Hostile clients use requests without an id: they may send what can be repeated alone.
  const requests = scene.requests.filter(({ path }) => path === '/v1/is_name_question/')
  await drill.fault(
    { ...scene, requests, stack: ofPrimary(stack) },
    { ...turn, index: Math.floor(turn.index / possible.length) },
  )
  if (deadly.includes(drill)) deaths.splice(-1, 1, { fromMs, toMs: performance.now() })
}

/** The stack with the workers of the primary alone: those that have requests to lose. */
function ofPrimary(stack: OurStack): OurStack {
  return {
    ...stack,
    workers: async () => (await stack.workers()).filter(({ instance }) => instance === 'primary'),
  }
}

export const effects: Drill = {
  name: 'effects',
  what: `${inTurn.map(({ name }) => name).join(', ')} in turn, with routes of every kind that write down each call`,
  times: { full: 40, short: 5 },
  fault: disturb,
  needsBoth: true,
  exampleService: fileURLToPath(new URL('../stacks/effects-service.ts', import.meta.url)),
  exampleRequests: [...Array<typeof onceRequests>(onceShare).fill(onceRequests).flat(), ...getRequests],
  isOnce: ({ path, method }) => onceRequests.some((one) => one.path === path && one.method === method),
  watch: (scene) => {
    const before = readCalls(scene.folder).length
    return () => compare(scene, readCalls(scene.folder).slice(before))
  },
}

/** Finds each call that nobody sent, and each request that was carried out more often, or less often, than it may be. */
function compare(scene: Scene, calls: readonly Call[]): void {
  const { history, requests, rules, find } = scene
  const counts = new Map<string, number>()
  for (const { id } of calls) if (id !== null) counts.set(id, (counts.get(id) ?? 0) + 1)
  for (const exchange of history.exchanges) {
    const request = requests[exchange.request]
    const id = `drill-${exchange.id}`
    const count = counts.get(id) ?? 0
    counts.delete(id)
    const fault =
      request && findFault({ ...exchange, count, isOnce: rules.once.has(exchange.request) }, request)
    if (fault !== undefined) find(`request ${exchange.id}, ${request?.method} ${request?.path}: ${fault}`)
  }
  for (const [id, count] of counts) find(`${count} calls for ${id}, which was never sent`)
  for (const { route, n } of calls)
    if (route !== 'predict' && (n === 'empty' || n === '-1')) find(`a call of ${route} by nobody`)
  if (recordHas(join(scene.folder, 'data'), exampleText))
    find('what a route was warmed with stands in the record')
}

type Counted = Exchange & { readonly count: number; readonly isOnce: boolean }

function findFault(exchange: Counted, { path }: LoadRequest): string | undefined {
  const { count, isOnce, answers } = exchange
  const isAnswered = answers[0]?.status === 200
  if (isOnce && count > 1) return `carried out ${count} times`
  const isNoted = isOnce || path.startsWith('/get/')
  if (isNoted && isAnswered && count === 0) return 'answered, and not carried out'
  if (isNoted && !isOnce && count > 2) return `a GET was carried out ${count} times`
  return undefined
}

function readCalls(folder: string): Call[] {
  const file = join(folder, 'calls.jsonl')
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Call)
}

function recordHas(dataFolder: string, text: string): boolean {
  const folder = join(dataFolder, 'record')
  if (!existsSync(folder)) return false
  return readdirSync(folder, { recursive: true, withFileTypes: true }).some(
    (entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name), 'utf8').includes(text),
  )
}
