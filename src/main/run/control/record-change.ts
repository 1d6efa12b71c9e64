import type { ErrorReport, HistoryEntry, Log } from '../../../contracts/index.ts'
import { defined, toMessage } from '../../../contracts/index.ts'
import type { ControlCaller } from '../../../control-api/index.ts'
import { appendHistory } from '../../../store/index.ts'

/** A change that has no line of the history by itself, and whether it was carried out. */
export type RemoteChange = {
  readonly action: Extract<HistoryEntry['action'], 'unload' | 'reload' | 'log-level' | 'stop'>
  readonly identity: ControlCaller['identity']
  readonly model?: string
  readonly why?: string
  readonly error?: ErrorReport | undefined
}

/** Writes a change into the history if another machine asked for it. Does not fail. */
export function recordChange(
  storePath: string,
  { action, identity, model = '', why, error }: RemoteChange,
  log: Log,
): void {
  if (identity === undefined) return
  try {
    appendHistory(storePath, {
      atMs: Date.now(),
      action,
      model,
      version: '',
      from: null,
      ...identity,
      outcome: error === undefined ? 'done' : 'failed',
      ...defined({ why, error }),
    })
  } catch (failure) {
    log('error', `the history could not be written: ${toMessage(failure)}`)
  }
}

/** Why the stack stops, for the log. */
export function describeStop(identity: ControlCaller['identity']): string {
  if (identity === undefined) return 'changeover down'
  return `${identity.by} at ${identity.address}, over the control API`
}
