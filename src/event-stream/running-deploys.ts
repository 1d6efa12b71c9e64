import { randomUUID } from 'node:crypto'

import type { DeployEvent, FollowDeploy, WatchedDeploy } from '../contracts/index.ts'

/** Of one deploy; a rollout has far fewer steps, whatever it waits for. */
const maxEvents = 500

type RunningDeploy = { readonly deploy: WatchedDeploy; readonly events: DeployEvent[] }

/** The deploys that are under way, with their events so far; those that ended are in the history. */
export class RunningDeploys {
  readonly #running = new Map<string, RunningDeploy>()
  readonly #onBegin: (deploy: WatchedDeploy) => void
  readonly #onEvent: (id: string, event: DeployEvent) => void

  constructor(onBegin: (deploy: WatchedDeploy) => void, onEvent: (id: string, event: DeployEvent) => void) {
    this.#onBegin = onBegin
    this.#onEvent = onEvent
  }

  readonly follow: FollowDeploy = (asked) => {
    const deploy: WatchedDeploy = { ...asked, id: randomUUID(), sinceMs: Date.now() }
    const events: DeployEvent[] = []
    this.#running.set(deploy.id, { deploy, events })
    this.#onBegin(deploy)
    return (event) => {
      if (events.length < maxEvents) events.push(event)
      if (event.type === 'end') this.#running.delete(deploy.id)
      this.#onEvent(deploy.id, event)
    }
  }

  list(): (WatchedDeploy & { readonly events: readonly DeployEvent[] })[] {
    return [...this.#running.values()].map(({ deploy, events }) => ({ ...deploy, events: [...events] }))
  }
}
