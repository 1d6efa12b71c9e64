import type { LivingFigures } from '../contracts/index.ts'
import type { Family, Sample, Told } from './family.ts'
import { tallySamples } from './stack-families.ts'

/** Of the process that has each place: of several, one that was replaced answers its last clients. */
function latest({ figures }: Told): LivingFigures[] {
  const byPlace = new Map<string, LivingFigures>()
  for (const one of figures.living.toSorted((a, b) => a.startedAtMs - b.startedAtMs))
    byPlace.set(one.process, one)
  return [...byPlace.values()]
}

function ofProcesses(told: Told, valueOf: (figures: LivingFigures) => number | null): Sample[] {
  return latest(told).flatMap((one) => {
    const value = valueOf(one)
    return value === null ? [] : [{ labels: { process: one.process }, value }]
  })
}

function secondsOf(told: Told, name: 'cpuMs' | 'busyMs'): Sample[] {
  return tallySamples(told.figures, name, ['process']).map(({ labels, value }) => ({
    labels,
    value: value / 1_000,
  }))
}

const labels = ['process']

/** What each process of the stack uses of its machine. */
export const processFamilies: readonly Family[] = [
  {
    name: 'changeover_process_cpu_seconds_total',
    type: 'counter',
    help: 'Processor time of the processes that have had a place',
    labels,
    collect: (told) => secondsOf(told, 'cpuMs'),
  },
  {
    name: 'changeover_process_event_loop_busy_seconds_total',
    type: 'counter',
    help: 'Time in which the event loop of the processes that have had a place was busy',
    labels,
    collect: (told) => secondsOf(told, 'busyMs'),
  },
  {
    name: 'changeover_process_event_loop_delay_seconds',
    type: 'summary',
    help: 'By how much the event loop was late in the last second; the quantile 1 is the worst',
    labels,
    collect: (told) =>
      latest(told).flatMap(({ process, usage: { delay } }) =>
        (
          [
            ['0.5', delay.p50Ms],
            ['0.99', delay.p99Ms],
            ['1', delay.maxMs],
          ] as const
        ).map(([quantile, delayMs]) => ({ labels: { process, quantile }, value: delayMs / 1_000 })),
      ),
  },
  {
    name: 'changeover_process_resident_memory_bytes',
    type: 'gauge',
    help: 'Memory of a process, with its share of what all of them have mapped',
    labels,
    collect: (told) => ofProcesses(told, ({ usage }) => usage.rssBytes),
  },
  {
    name: 'changeover_process_heap_bytes',
    type: 'gauge',
    help: 'The heap of JavaScript of a process',
    labels,
    collect: (told) => ofProcesses(told, ({ usage }) => usage.heapBytes),
  },
  {
    name: 'changeover_process_open_fds',
    type: 'gauge',
    help: 'Files and sockets that a process has open; left out if the system does not tell',
    labels,
    collect: (told) => ofProcesses(told, ({ openFiles }) => openFiles),
  },
  {
    name: 'changeover_process_start_time_seconds',
    type: 'gauge',
    help: 'When the process that has a place started',
    labels,
    collect: (told) => ofProcesses(told, ({ startedAtMs }) => startedAtMs / 1_000),
  },
  {
    name: 'changeover_process_restarts_total',
    type: 'counter',
    help: 'How often another process took a place because the one before had exited',
    labels,
    collect: (told) => {
      const counted = tallySamples(told.figures, 'restarts', labels)
      const known = new Set(counted.map(({ labels: { process } }) => process))
      const zeros = ofProcesses(told, ({ process }) => (known.has(process) ? null : 0))
      return [...counted, ...zeros]
    },
  },
]
