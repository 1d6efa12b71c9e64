import { performance } from 'node:perf_hooks'

import { describeWatched, EventStream, GatewayRates, LabelMixes } from '../../../event-stream/index.ts'
import { openLatestHistory } from '../../../store/index.ts'
import type { Supervisor } from '../../../supervisor/index.ts'

/** How much of the history a reader gets at first. */
const historyCount = 20

/** The stream of what happens to a supervisor's stack; `supervisor` gives it once there is one. */
export function openEventStream(supervisor: () => Supervisor, storePath: string): EventStream {
  const rates = new GatewayRates()
  const asked = new LabelMixes()
  return new EventStream({
    status: async () => describeWatched(await supervisor().status(), Object.keys(supervisor().config.models)),
    figures: async () => {
      const status = await supervisor().gatewayStatus()
      return status && rates.take(status, performance.now())
    },
    asked: () => asked.take(supervisor().figures.figures.totals.models),
    history: openLatestHistory(storePath, historyCount),
  })
}
