import { copyFileSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import type { History, Judgement, Rules, Span } from '../harness/judge/index.ts'
import { judge, Timeline } from '../harness/judge/index.ts'
import type { LoadRequest } from '../harness/load/index.ts'
import { calmPlan, learnAnswers, startLoad } from '../harness/load/index.ts'
import { createRandom } from '../harness/random.ts'
import type { Config } from '../src/config/schema/index.ts'
import { toMessage } from '../src/contracts/index.ts'
import type { Drill, DrillVersion, Fault, Scene } from './drills/index.ts'
import type { DrillReport, RunReport } from './report/describe-run.ts'
import { describeRun } from './report/describe-run.ts'
import { startCourse } from './stacks/course-stack.ts'
import type { Front } from './stacks/front-door.ts'
import type { OurStackOptions } from './stacks/our-stack.ts'
import { startOurs } from './stacks/our-stack.ts'
import type { Stack } from './stacks/stack.ts'

export type DrillSettings = Omit<OurStackOptions, 'folder'> & {
  readonly requests: readonly LoadRequest[]
  readonly seed: number
  /** Whether the configuration is the example's. */
  readonly isExample: boolean
  readonly isShort: boolean
  /** Whether the course's stack gets the same, where the drill has something for it. */
  readonly withCourse: boolean
  /** A folder for this drill alone, removed by the caller. */
  readonly folder: string
  readonly say: (text: string) => void
}

/** How long the load runs before anything is done to the stack. */
const undisturbedMs = { full: 10_000, short: 2_000 } as const

/** How long nginx waits for an instance with the example's configuration: so short that it asks the other one many times in one drill. */
const exampleAnswerTimeoutMs = 1_000

/** Of all texts of a drill, more than any worker is asked. */
const recordBytes = 64 << 20

/** The stack is at rest for so long before the load begins, and under load for so long before the first fault. */
const restMs = 300

/** Runs one drill on a stack of its own, and on the course's where that is wanted. */
export async function runDrill(drill: Drill, settings: DrillSettings): Promise<DrillReport> {
  const { front, isUnderSupervisord, seed, isShort, withCourse } = settings
  const times = isShort ? drill.times.short : drill.times.full
  const ours = await runOurs(drill, settings, times)
  const report = {
    drill: drill.name,
    what: drill.what,
    times,
    seed,
    front,
    answerTimeoutMs: ours.answerTimeoutMs ?? null,
    isUnderSupervisord,
    changeover: ours.report,
  }
  if (!withCourse || drill.courseFault === undefined) return report
  return { ...report, course: await runCourse(drill.courseFault, settings, ours.versions, times) }
}

type OurRun = {
  readonly report: RunReport
  readonly versions: readonly DrillVersion[]
  readonly answerTimeoutMs: number | undefined
}

async function runOurs(drill: Drill, settings: DrillSettings, times: number): Promise<OurRun> {
  const { front, isExample, say } = settings
  const folder = subfolder(settings.folder, 'changeover')
  const config = isExample ? forDrill(settings.config, drill, front, folder) : settings.config
  const requests = isExample ? [...settings.requests, ...(drill.exampleRequests ?? [])] : settings.requests
  const stack = await startOurs({ ...settings, config, folder })
  try {
    say('the quiet stack is asked what each version says')
    const versions = await learnVersions(stack, { ...settings, requests }, drill.needsBoth)
    const report = await disturb(stack, drill, { ...settings, requests, folder, versions, times })
    return { versions, report, answerTimeoutMs: stack.answerTimeoutMs }
  } finally {
    await stack.stop()
  }
}

/** The example's configuration, with what a drill changes of it. */
function forDrill(config: Config, { exampleService }: Drill, front: Front, folder: string): Config {
  const gateway =
    front === 'gateway' ? config.gateway : { ...config.gateway, answerTimeoutMs: exampleAnswerTimeoutMs }
  if (exampleService === undefined) return { ...config, gateway }
  const service = join(folder, basename(exampleService))
  copyFileSync(exampleService, service)
  return { ...config, gateway, service, models: recordingAll(config.models) }
}

/** Every text is recorded, so that one which no caller has sent is found. */
function recordingAll(models: Config['models']): Config['models'] {
  return Object.fromEntries(
    Object.entries(models).map(([name, model]) => [
      name,
      { ...model, record: { share: 1, maxSizeBytes: recordBytes } },
    ]),
  )
}

/** The versions say what they say with us: the course's service is the same, and its answers name none. */
async function runCourse(
  fault: Fault<Stack>,
  settings: DrillSettings,
  versions: readonly DrillVersion[],
  times: number,
): Promise<RunReport> {
  settings.say('the same on the course’s stack')
  const folder = subfolder(settings.folder, 'course')
  const stack = await startCourse(settings.model, folder, settings.signal)
  try {
    return await disturb(stack, { fault }, { ...settings, folder, versions, times })
  } finally {
    await stack.stop()
  }
}

/** Leaves the stack with its first version. */
async function learnVersions(
  stack: Stack,
  { model, requests, say }: DrillSettings,
  needsBoth: boolean,
): Promise<DrillVersion[]> {
  const [first, second] = model.files
  const versions = [{ ...first, ...(await learnAnswers(stack.address, requests)) }]
  if (!needsBoth) return versions
  await stack.deploy(second)
  versions.push({ ...second, ...(await learnAnswers(stack.address, requests)) })
  await stack.deploy(first)
  say(
    `${countDifferences(versions)} of ${requests.length} requests tell the two versions apart by their answers`,
  )
  return versions
}

function countDifferences([first, second]: readonly DrillVersion[]): number {
  return (first?.answers ?? []).filter((answer, request) => {
    const other = second?.answers[request]
    return answer.status !== other?.status || answer.body !== other.body
  }).length
}

/** What is done to a stack, and how it is watched. */
type Harm<S extends Stack> = {
  readonly fault: Fault<S>
  readonly isOnce?: Drill['isOnce']
  readonly watch?: (scene: Scene<S>) => () => void
}

type Disturbance = DrillSettings & {
  readonly versions: readonly DrillVersion[]
  readonly times: number
}

/** The load without a fault, then the same load with all of them, each judged by its own history. */
async function disturb<S extends Stack>(stack: S, drill: Harm<S>, settings: Disturbance): Promise<RunReport> {
  const { isShort, say, signal } = settings
  const findings: string[] = []
  const calm = createScene(stack, drill, settings, findings)
  await sleep(restMs, undefined, { signal })
  say(`${stack.name}: undisturbed`)
  await underLoad(calm, drill, () =>
    sleep(isShort ? undisturbedMs.short : undisturbedMs.full, undefined, { signal }),
  )
  const scene = createScene(stack, drill, settings, findings)
  await underLoad(scene, drill, () => carryOut(drill.fault, scene, settings))
  return describeRun({
    calm: judgeAll(calm),
    disturbed: judgeAll(scene),
    rules: scene.rules,
    requests: settings.requests,
    findings,
  })
}

/** Stops at a fault that could not be carried out: what comes after it would say nothing. */
async function carryOut<S extends Stack>(
  fault: Fault<S>,
  scene: Scene<S>,
  { times, signal }: Disturbance,
): Promise<void> {
  await sleep(restMs, undefined, { signal })
  for (let index = 0; index < times; index++) {
    scene.say(`${scene.stack.name}: ${index + 1} of ${times}`)
    try {
      await fault(scene, { index, times })
    } catch (error) {
      signal.throwIfAborted()
      scene.find(`${index + 1} of ${times}: ${toMessage(error)}`)
      return
    }
  }
}

async function underLoad<S extends Stack>(
  scene: Scene<S>,
  { watch }: Harm<S>,
  work: () => Promise<unknown>,
): Promise<void> {
  const { versions, find, startLoad: start } = scene
  const endWatch = watch?.(scene)
  const load = start(calmPlan(versions[0]?.answerMs ?? 0))
  try {
    await work()
    if (!load.isRunning()) find('the load reached its limit before the last fault was over')
  } finally {
    await load.stop()
  }
  endWatch?.()
}

function createScene<S extends Stack>(
  stack: S,
  { isOnce = () => false }: Harm<S>,
  settings: Disturbance,
  findings: string[],
): Scene<S> {
  const { versions, requests, seed, model, isShort, folder, signal, say } = settings
  const history: History = { exchanges: [] }
  const timeline = new Timeline(versions[0]?.name ?? '')
  const overloads: Span[] = []
  const deaths: Span[] = []
  const rules: Rules = {
    expected: new Map(versions.map(({ name, answers }) => [name, answers])),
    timeline,
    namesVersions: stack.namesVersions,
    overloads,
    once: new Set(requests.flatMap((request, number) => (isOnce(request) ? [number] : []))),
    deaths,
  }
  // The load draws as it comes; the faults must be the same for the same seed.
  const loadRandom = createRandom(seed + 1)
  return {
    stack,
    model,
    versions,
    timeline,
    rules,
    overloads,
    deaths,
    history,
    requests,
    random: createRandom(seed),
    isShort,
    folder,
    signal,
    startLoad: (plan) => startLoad({ address: stack.address, requests, history, random: loadRandom, plan }),
    say,
    find: (text) => void findings.push(text),
  }
}

function judgeAll({ history, rules }: Pick<Scene, 'history' | 'rules'>): readonly Judgement[] {
  return history.exchanges.map((exchange) => judge(exchange, rules))
}

function subfolder(folder: string, name: string): string {
  const path = join(folder, name)
  mkdirSync(path, { recursive: true })
  return path
}
