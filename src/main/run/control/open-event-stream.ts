import { describeSecond, describeWatched, EventStream } from '../../../event-stream/index.ts'
import { openLatestHistory } from '../../../store/index.ts'
import type { Supervisor } from '../../../supervisor/index.ts'

/** How much of the history a reader gets at first. */
const historyCount = 20

/** The stream of what happens to a supervisor's stack; `supervisor` gives it once there is one. */
export function openEventStream(supervisor: () => Supervisor, storePath: string): EventStream {
  return new EventStream({
    status: async () => describeWatched(await supervisor().status(), Object.keys(supervisor().config.models)),
    history: openLatestHistory(storePath, historyCount),
  })
}

/** Tells the readers each second what it held. */
export function tellOfSeconds(events: EventStream, { figures }: Supervisor): void {
  figures.observe((second) => events.second(describeSecond(second)))
}
