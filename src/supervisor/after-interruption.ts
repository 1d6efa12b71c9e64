import type { Config } from '../config/schema/index.ts'
import type { GatewayCommand, Log, ModelVersion } from '../contracts/index.ts'
import { resume } from '../rollout/index.ts'
import { appendHistory, readPointer, readRolloutNote, removeRolloutNote } from '../store/index.ts'
import type { Stack } from './stack.ts'

export type OrderOptions = {
  readonly stack: Stack
  readonly config: Pick<Config, 'models' | 'rollout'>
  /** What the pointers say. */
  readonly activeVersions: () => Promise<readonly ModelVersion[]>
  readonly commandGateway: (command: GatewayCommand, timeoutMs: number) => Promise<unknown>
}

/** Brings every worker to what the pointers say, whatever a rollout was about to do when its supervisor ended. */
export async function putInOrder(options: OrderOptions): Promise<void> {
  const { stack, config, activeVersions, commandGateway } = options
  const { stepTimeoutMs } = config.rollout
  for (const name of ['backup', 'primary'] as const) {
    for (const model of Object.keys(config.models)) {
      const version = (await activeVersions()).find((one) => one.model === model)?.version ?? null
      await stack.instances[name].restore(model, version, stepTimeoutMs)
    }
    await resume(name, stepTimeoutMs, commandGateway)
  }
}

/** Says in the history what became of a rollout whose supervisor ended in the middle of it. */
export function settleNote(storePath: string, log: Log): void {
  const note = readRolloutNote(storePath)
  if (note === undefined) return
  const active = readPointer(storePath, note.model)?.active
  log(
    'warning',
    `the ${note.action} of ${note.model}@${note.version} was interrupted; ${active ?? 'no version'} serves`,
  )
  appendHistory(storePath, { ...note, outcome: active === note.version ? 'done' : 'interrupted' })
  removeRolloutNote(storePath)
}
