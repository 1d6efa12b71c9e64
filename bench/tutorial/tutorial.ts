import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { startCourseStack } from './course-stack.ts'
import { inTemporaryFolder, timeCourseLoad, timeOurLoad } from './load-time.ts'
import { exampleFolder, trainModels } from './models.ts'
import { startOurStack } from './our-stack.ts'
import { proportionalSetSizeMb } from './processes.ts'
import type { RunningStack } from './processes.ts'
import { load, writeScript } from './wrk.ts'
import type { LoadFigures } from './wrk.ts'

const connections = 8
const rounds = 3
const roundSeconds = 5
const windowSeconds = 30
const kills = 5
const killEveryMs = 4_000

const programs = ['/usr/bin/fasttext', '/usr/bin/gunicorn', '/usr/sbin/nginx', '/usr/bin/wrk']
const packages = 'fasttext python3-fasttext python3-jieba python3-flask gunicorn nginx wrk'

type StackFigures = {
  readonly direct: readonly LoadFigures[]
  readonly gateway: readonly LoadFigures[]
  readonly pssMb: number
  readonly undisturbed: LoadFigures
  readonly update: LoadFigures
  readonly updateMs: number
  readonly kill: LoadFigures
}

/** Runs the course's stack and this program in turn, with the same model, request and load, and compares them. */
export async function runTutorial(): Promise<object> {
  const missing = programs.filter((path) => !existsSync(path))
  if (missing.length > 0) throw new Error(`missing: ${missing.join(', ')}; install Debian's ${packages}`)
  say('training, where no model of an earlier run is there')
  const models = trainModels()
  return inTemporaryFolder(tmpdir(), async (folder) => {
    const script = writeScript(folder, readFileSync(join(exampleFolder, 'request.json'), 'utf8'))
    const course = await measure(await startCourseStack(folder, models), script)
    const ours = await measure(await startOurStack(folder, models), script)
    const loads = {
      ours: repeat(() => timeOurLoad(join(folder, 'data/store'), '1600000000')),
      course: repeat(() => timeCourseLoad(models[0])),
    }
    const figures = compare(course, ours, loads)
    report(figures)
    return {
      ...figures,
      raw: { course, changeover: ours, loads, connections, roundSeconds, windowSeconds, kills },
    }
  })
}

async function measure(stack: RunningStack, script: string): Promise<StackFigures> {
  const route = '/v1/is_name_question/'
  const loadOn = (url: string, seconds: number): Promise<LoadFigures> =>
    load({ url: url + route, connections, seconds, script })
  try {
    await loadOn(stack.direct, 2)
    await loadOn(stack.gateway, 2)
    const direct: LoadFigures[] = []
    const gateway: LoadFigures[] = []
    for (let round = 0; round < rounds; round++) {
      say(`${stack.name}: round ${round + 1} of ${rounds}`)
      direct.push(await loadOn(stack.direct, roundSeconds))
      gateway.push(await loadOn(stack.gateway, roundSeconds))
    }
    const pssMb = proportionalSetSizeMb(stack.pids())
    say(`${stack.name}: undisturbed`)
    const undisturbed = await loadOn(stack.gateway, windowSeconds)
    say(`${stack.name}: a hot update`)
    const updating = loadOn(stack.gateway, windowSeconds)
    await sleep(1_000)
    const updateMs = await stack.update()
    const update = await updating
    say(`${stack.name}: kill -9 of the primary's worker, ${kills} times`)
    const killing = loadOn(stack.gateway, (kills * killEveryMs) / 1_000 + 2)
    for (let i = 0; i < kills; i++) {
      await sleep(killEveryMs)
      stack.killPrimaryWorker()
    }
    return { direct, gateway, pssMb, undisturbed, update, updateMs, kill: await killing }
  } finally {
    await stack.stop()
  }
}

type LoadTimes = { readonly ours: readonly number[]; readonly course: readonly number[] }

function compare(course: StackFigures, ours: StackFigures, loads: LoadTimes) {
  const throughput = (rows: readonly LoadFigures[]): number =>
    median(rows.map((row) => row.requestsPerSecond))
  return {
    throughput_ratio_direct: throughput(ours.direct) / throughput(course.direct),
    throughput_ratio_gateway: throughput(ours.gateway) / throughput(course.gateway),
    p99_update_ratio: ours.update.p99Ms / ours.undisturbed.p99Ms,
    tutorial_p99_update_ratio: course.update.p99Ms / course.undisturbed.p99Ms,
    failed_in_update: ours.update.failed,
    tutorial_failed_in_update: course.update.failed,
    failed_in_kill: ours.kill.failed,
    tutorial_failed_in_kill: course.kill.failed,
    load_ms: median(loads.ours),
    tutorial_load_ms: median(loads.course),
    pss_mb: ours.pssMb,
    tutorial_pss_mb: course.pssMb,
    update_ms: ours.updateMs,
    tutorial_update_ms: course.updateMs,
    requests_per_second_direct: throughput(ours.direct),
    tutorial_requests_per_second_direct: throughput(course.direct),
    requests_per_second_gateway: throughput(ours.gateway),
    tutorial_requests_per_second_gateway: throughput(course.gateway),
    p99_undisturbed_ms: ours.undisturbed.p99Ms,
    tutorial_p99_undisturbed_ms: course.undisturbed.p99Ms,
    p99_update_ms: ours.update.p99Ms,
    tutorial_p99_update_ms: course.update.p99Ms,
  }
}

function report(figures: Readonly<ReturnType<typeof compare>>): void {
  const rows: readonly (readonly [string, number, number])[] = [
    [
      'requests a second, one instance',
      figures.requests_per_second_direct,
      figures.tutorial_requests_per_second_direct,
    ],
    [
      'requests a second, gateway',
      figures.requests_per_second_gateway,
      figures.tutorial_requests_per_second_gateway,
    ],
    ['p99 undisturbed, ms', figures.p99_undisturbed_ms, figures.tutorial_p99_undisturbed_ms],
    ['p99 in a hot update, ms', figures.p99_update_ms, figures.tutorial_p99_update_ms],
    ['failed in a hot update', figures.failed_in_update, figures.tutorial_failed_in_update],
    [`failed in ${kills} kills`, figures.failed_in_kill, figures.tutorial_failed_in_kill],
    ['a hot update, ms', figures.update_ms, figures.tutorial_update_ms],
    ['load of 800 MB, ms', figures.load_ms, figures.tutorial_load_ms],
    ['memory of all processes, MiB', figures.pss_mb, figures.tutorial_pss_mb],
  ]
  const cell = (value: number): string => value.toFixed(value < 100 ? 1 : 0).padStart(12)
  say(`\n${''.padEnd(34)}${'Changeover'.padStart(12)}${'course'.padStart(12)}${'ratio'.padStart(12)}`)
  for (const [what, ours, course] of rows)
    say(
      `${what.padEnd(34)}${cell(ours)}${cell(course)}${(course === 0 ? '-' : (ours / course).toFixed(3)).padStart(12)}`,
    )
}

function repeat(time: () => number): number[] {
  return Array.from({ length: 5 }, time)
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
