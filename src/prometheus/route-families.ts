import type { RouteFigures, StackFigures } from '../contracts/index.ts'
import { instanceNames } from '../contracts/index.ts'
import { endOfBucketMs } from '../metrics/index.ts'
import type { Family, Labels, Sample } from './family.ts'

/** A route with the labels by which it is told. */
type Told = { readonly labels: Labels; readonly route: RouteFigures }

/** Every eighth bucket of a histogram ends at one of these: from 0.13 ms to 67 s, each 1.41 times the one before. */
const bounds = Array.from({ length: 39 }, (_, index) => (index + 14) * 8 - 1)

/** Classes of status that a route has from the first answer on, so that the first error is seen to increase something. */
const usualClasses = [2, 4, 5]

function toldOfGateway({ totals }: StackFigures): Told[] {
  return totals.gateway.map((route) => ({
    labels: { ...namesOf(route), role: route.by === 'gateway' ? 'none' : route.by },
    route,
  }))
}

function toldOfWorkers({ totals }: StackFigures): Told[] {
  return instanceNames.flatMap((instance) =>
    totals.workers[instance].map((route) => ({
      labels: { role: instance, ...namesOf(route), via: route.by === 'link' ? 'gateway' : 'port' },
      route,
    })),
  )
}

/** What no route is known for has none. */
function namesOf({ method, path }: RouteFigures): { method: string; route: string } {
  return { method, route: path === '' ? '(other)' : path }
}

function countAnswers(told: readonly Told[]): Sample[] {
  return told.flatMap(({ labels, route: { answers } }) =>
    answers.flatMap((count, status) =>
      count > 0 || usualClasses.includes(status)
        ? { labels: { ...labels, status: `${status}xx` }, value: count }
        : [],
    ),
  )
}

function distribute(name: string, told: readonly Told[]): Sample[] {
  return told.flatMap(({ labels, route: { durations } }) => {
    const buckets = durations.buckets.toSorted(([a], [b]) => a - b)
    let at = 0
    let below = 0
    const samples = bounds.map((bound) => {
      for (; (buckets[at]?.[0] ?? Infinity) <= bound; at++) below += buckets[at]?.[1] ?? 0
      const le = (endOfBucketMs(bound) / 1_000).toPrecision(6).replace(/\.?0+$/, '')
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below }
    })
    const count = buckets.reduce((sum, [, added]) => sum + added, 0)
    return [
      ...samples,
      { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
      { metricName: `${name}_sum`, labels, value: durations.sumMs / 1_000 },
      { metricName: `${name}_count`, labels, value: count },
    ]
  })
}

/** Requests by route, at the gateway and in the workers. */
export const routeFamilies: readonly Family[] = [
  {
    name: 'changeover_gateway_requests_total',
    type: 'counter',
    help: 'Requests that the gateway answered, by route, class of status and the instance that gave the answer; none if the gateway gave it itself',
    labels: ['method', 'route', 'role', 'status'],
    collect: ({ figures }) => countAnswers(toldOfGateway(figures)),
  },
  {
    name: 'changeover_gateway_request_duration_seconds',
    type: 'histogram',
    help: 'Time from the last byte of a request to its answer, at the gateway',
    labels: ['method', 'route', 'role'],
    collect: ({ figures }) =>
      distribute('changeover_gateway_request_duration_seconds', toldOfGateway(figures)),
  },
  {
    name: 'changeover_worker_requests_total',
    type: 'counter',
    help: 'Requests that workers answered, by route and class of status; via gateway, or at their own port',
    labels: ['role', 'method', 'route', 'via', 'status'],
    collect: ({ figures }) => countAnswers(toldOfWorkers(figures)),
  },
  {
    name: 'changeover_worker_request_duration_seconds',
    type: 'histogram',
    help: 'Time from when a worker has read a request to its answer; the buckets are those of the gateway',
    labels: ['role', 'method', 'route', 'via'],
    collect: ({ figures }) =>
      distribute('changeover_worker_request_duration_seconds', toldOfWorkers(figures)),
  },
]
