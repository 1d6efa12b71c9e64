import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'

import type { ModelFiles } from '../../harness/models/example-models.ts'
import {
  createRunFolder,
  exampleFolder,
  linkModels,
  trainModels,
} from '../../harness/models/example-models.ts'
import { processMemory } from '../../harness/processes.ts'
import { startCourseStack } from '../../harness/stacks/course-stack.ts'
import { startOurStack, storePath } from '../../harness/stacks/our-stack.ts'
import { checkRequirements } from '../../harness/stacks/requirements.ts'
import type { RunningStack } from '../../harness/stacks/running-stack.ts'
import type { StackFigures } from './compare.ts'
import { compare } from './compare.ts'
import { measureIdleShare, warnOfNoise } from './idle-share.ts'
import { timeCourseLoad, timeOurLoad } from './load-time.ts'
import type { ThroughputRound, Traffic } from './measure.ts'
import {
  checkAnswer,
  measureKills,
  measurePacedUpdate,
  measureSaturatedUpdate,
  measureThroughput,
  settings,
  warmUp,
} from './measure.ts'
import { formatTable, say } from './report.ts'
import { writeScript } from './wrk.ts'

/** The answer to the course's request: the name is asked for in the utterance of index 5. */
const expected = '5'

const loadRounds = 5

type Loads = { readonly ours: readonly number[]; readonly course: readonly number[] }

/** Runs the course's stack and this program with the same models, request and load, in turns, and compares them. */
export async function runTutorial(signal: AbortSignal): Promise<object> {
  checkRequirements()
  say('models: trained where no earlier run has')
  const trained = trainModels()
  const idleBefore = await measureIdleShare(signal)
  const folder = createRunFolder()
  try {
    const body = readFileSync(join(exampleFolder, 'request.json'), 'utf8')
    const traffic = { script: writeScript(folder, body), body, expected, signal }
    const { ours, course } = await measureBoth(folder, linkModels(trained, folder), traffic)
    const figures = compare(ours, course)
    say(`\n${formatTable(figures)}`)
    warnOfLateUpdates({ ours, course })
    const idleShares = [idleBefore, await measureIdleShare(signal)]
    warnOfNoise(idleShares)
    const machine = { cores: cpus().length, idleShares }
    return { ...figures, raw: { settings, machine, changeover: ours, course } }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Both stacks stand side by side, one of them always idle: what disturbs the machine meets both alike. */
async function measureBoth(
  folder: string,
  models: ModelFiles,
  traffic: Traffic,
): Promise<{ readonly ours: StackFigures; readonly course: StackFigures }> {
  const { signal } = traffic
  say('start: both stacks')
  const course = await startCourseStack({ folder: subfolder(folder, 'course'), modelFile: models[0], signal })
  try {
    const ourFolder = subfolder(folder, 'ours')
    const ours = await startOurStack({ folder: ourFolder, modelFile: models[0], signal })
    try {
      const loads = measureLoads(storePath(ourFolder), models[0])
      return await measureInTurns(ours, course, { models, loads, traffic })
    } finally {
      await ours.stop()
    }
  } finally {
    await course.stop()
  }
}

type Plan = { readonly models: ModelFiles; readonly loads: Loads; readonly traffic: Traffic }

async function measureInTurns(ours: RunningStack, course: RunningStack, { models, loads, traffic }: Plan) {
  const both = [course, ours] as const
  for (const stack of both) await checkAnswer(stack, traffic)
  for (const stack of both) await warmUp(stack, traffic)
  const [courseMemory, ourMemory] = await inTurn(both, (stack) =>
    Promise.resolve(stack.pids().map(processMemory)),
  )

  const courseRounds: ThroughputRound[] = []
  const ourRounds: ThroughputRound[] = []
  for (let round = 1; round <= settings.rounds; round++) {
    say(`throughput: round ${round} of ${settings.rounds}`)
    courseRounds.push(await measureThroughput(course, traffic))
    ourRounds.push(await measureThroughput(ours, traffic))
  }
  const [coursePaced, ourPaced] = await inTurn(both, (stack) => {
    say(`update at a steady rate: ${stack.name}`)
    return measurePacedUpdate(stack, models[1], traffic)
  })
  const [courseSaturated, ourSaturated] = await inTurn(both, (stack) => {
    say(`update under saturation: ${stack.name}`)
    return measureSaturatedUpdate(stack, models[2], traffic)
  })
  const [courseKills, ourKills] = await inTurn(both, (stack) => {
    say(`kill -9 of the primary's worker, ${settings.kills} times: ${stack.name}`)
    return measureKills(stack, traffic)
  })
  return {
    ours: {
      rounds: ourRounds,
      memory: ourMemory,
      saturated: ourSaturated,
      paced: ourPaced,
      kills: ourKills,
      loadMs: loads.ours,
    },
    course: {
      rounds: courseRounds,
      memory: courseMemory,
      saturated: courseSaturated,
      paced: coursePaced,
      kills: courseKills,
      loadMs: loads.course,
    },
  }
}

/** One stack after the other. */
async function inTurn<T>(
  [first, second]: readonly [RunningStack, RunningStack],
  measure: (stack: RunningStack) => Promise<T>,
): Promise<[T, T]> {
  const firstFigures = await measure(first)
  return [firstFigures, await measure(second)]
}

/** The files are in the page cache: no disk is measured. */
function measureLoads(store: string, modelFile: string): Loads {
  say(`load time: ${loadRounds} rounds`)
  const ours: number[] = []
  const course: number[] = []
  for (let round = 0; round < loadRounds; round++) {
    course.push(timeCourseLoad(modelFile))
    ours.push(timeOurLoad(store, '1600000000'))
  }
  return { ours, course }
}

function warnOfLateUpdates(figures: Readonly<Record<string, StackFigures>>): void {
  for (const [name, { saturated, paced }] of Object.entries(figures))
    if (!saturated.fitsWindow || !paced.fitsWindow)
      say(
        `\nwarning: an update of ${name} outlasted its window of ${settings.windowSeconds} s; run again on a quieter machine`,
      )
}

function subfolder(folder: string, name: string): string {
  const path = join(folder, name)
  mkdirSync(path)
  return path
}
