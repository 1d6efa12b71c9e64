import type { GatewayFigures, InstanceName, StackFigures, TallyName } from '../contracts/index.ts'
import { instanceNames } from '../contracts/index.ts'
import type { Family, Sample, Told } from './family.ts'

/** The samples of a tally, with the names of its labels. */
export function tallySamples({ totals }: StackFigures, name: TallyName, names: readonly string[]): Sample[] {
  return totals.tallies
    .filter((tally) => tally.name === name)
    .map(({ labels, count }) => ({
      labels: Object.fromEntries(names.map((label, index) => [label, labels[index] ?? ''])),
      value: count,
    }))
}

function gatewaysOf({ figures }: Told): GatewayFigures[] {
  return figures.living.flatMap(({ gateway }) => gateway ?? [])
}

/** What nginx does not tell is left out. */
function counter(name: TallyName, help: string): Family {
  return {
    name: `changeover_gateway_requests_${name}_total`,
    type: 'counter',
    help,
    labels: [],
    collect: ({ figures }) => tallySamples(figures, name, []),
  }
}

/** Of each instance, as the process with the place of the gateway has it: the one that was started last. */
function ofInstances(
  told: Told,
  valueOf: (instance: GatewayFigures['instances'][InstanceName]) => number,
): Sample[] {
  const gateway = told.figures.living
    .toSorted((a, b) => a.startedAtMs - b.startedAtMs)
    .findLast((one) => one.gateway !== undefined)?.gateway
  if (gateway === undefined) return []
  return instanceNames.map((instance) => ({
    labels: { role: instance },
    value: valueOf(gateway.instances[instance]),
  }))
}

/** How the gateway and both instances are. */
export const stackFamilies: readonly Family[] = [
  {
    name: 'changeover_gateway_requests_in_flight',
    type: 'gauge',
    help: 'Requests that an instance has and has not answered',
    labels: ['role'],
    collect: (told) =>
      gatewaysOf(told).length === 0
        ? []
        : instanceNames.map((instance) => ({
            labels: { role: instance },
            value: gatewaysOf(told).reduce((sum, { instances }) => sum + instances[instance].inFlight, 0),
          })),
  },
  {
    name: 'changeover_gateway_requests_queued',
    type: 'gauge',
    help: 'Requests that wait for a worker',
    labels: [],
    collect: (told) => {
      const queued = gatewaysOf(told).flatMap((gateway) => gateway.queued ?? [])
      return queued.length === 0 ? [] : [{ labels: {}, value: queued.reduce((sum, count) => sum + count, 0) }]
    },
  },
  counter('retried', 'Requests that were sent to another worker after a failure'),
  counter('hedged', 'Requests that were sent to another worker while the first was late'),
  counter('refused', 'Requests that were answered 503 by the limits of the gateway'),
  counter('lost', 'Requests that no instance answered'),
  counter('abandoned', 'Requests whose client disconnected before there was an answer'),
  {
    name: 'changeover_gateway_workers_ready',
    type: 'gauge',
    help: 'Workers of an instance that the gateway can send requests to',
    labels: ['role'],
    collect: (told) => ofInstances(told, ({ readyWorkers }) => readyWorkers),
  },
  {
    name: 'changeover_gateway_instance_paused',
    type: 'gauge',
    help: '1 while the gateway sends an instance no requests, since a rollout has paused it',
    labels: ['role'],
    collect: (told) => ofInstances(told, ({ paused }) => (paused ? 1 : 0)),
  },
  {
    name: 'changeover_workers',
    type: 'gauge',
    help: 'Worker processes of an instance that live',
    labels: ['role'],
    collect: ({ figures }) =>
      countBy(figures.living.flatMap(({ worker }) => (worker === undefined ? [] : [worker.instance]))),
  },
  {
    name: 'changeover_worker_requests_in_flight',
    type: 'gauge',
    help: 'Requests that the workers of an instance have and have not answered',
    labels: ['role'],
    collect: ({ figures }) =>
      instanceNames.flatMap((instance) => {
        const workers = figures.living.flatMap(({ worker }) =>
          worker?.instance === instance ? [worker] : [],
        )
        const value = workers.reduce((sum, { inFlight }) => sum + inFlight, 0)
        return workers.length === 0 ? [] : [{ labels: { role: instance }, value }]
      }),
  },
  {
    name: 'changeover_busy',
    type: 'gauge',
    help: '1 while a deploy, a rollback or a reload is under way',
    labels: [],
    collect: ({ facts }) => [{ labels: {}, value: facts.isBusy ? 1 : 0 }],
  },
  {
    name: 'changeover_p99_budget_seconds',
    type: 'gauge',
    help: 'What the p99 at the gateway should stay under by the configuration (rollout.p99BudgetMs)',
    labels: [],
    collect: ({ facts }) => [{ labels: {}, value: facts.p99BudgetMs / 1_000 }],
  },
  {
    name: 'changeover_build_info',
    type: 'gauge',
    help: 'Always 1; the version of the program of the supervisor, and of Node.js',
    labels: ['version', 'node'],
    collect: ({ build }) => [{ labels: build, value: 1 }],
  },
]

function countBy(instances: readonly InstanceName[]): Sample[] {
  return [...new Set(instances)].map((instance) => ({
    labels: { role: instance },
    value: instances.filter((one) => one === instance).length,
  }))
}
