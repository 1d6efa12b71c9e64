import { performance } from 'node:perf_hooks'

import type { Config } from '../../config/schema/index.ts'
import type {
  DeployBody,
  DeployEvent,
  GatekeeperMessage,
  GatekeeperStart,
  GateName,
  GateReport,
  ModelVersion,
} from '../../contracts/index.ts'
import { ChangeoverError, defined, formatModelVersion } from '../../contracts/index.ts'
import {
  isRollout,
  latestHistory,
  readGateResults,
  readPointer,
  writeGateResults,
} from '../../store/index.ts'
import { runInSubprocess } from './run-in-subprocess.ts'

export type PassGatesOptions = {
  readonly config: Pick<Config, 'models' | 'workers' | 'trustedKeys'>
  readonly storePath: string
  readonly recordFolder: string
  readonly gatekeeperEntry: string
  /** Aborted when the trial is no longer wanted; its reason is thrown. */
  readonly signal?: AbortSignal
  /** What the processes have loaded. */
  readonly activeVersions: () => Promise<readonly ModelVersion[]>
}

/** What the person who deploys wants of the gates; a rollback is a way back in any case. */
export type GateWishes = Pick<DeployBody, 'force' | 'allow'> & { readonly rollback?: boolean }

/**
 * Has a version tried by the gates, each of which is a step; what they say is kept in the store. A version that has served before
 * is a way back, and need only be whole. Resolves to the gates that failed and were overridden; throws `gate_failed`.
 */
export async function passGates(
  target: ModelVersion,
  { force = false, allow = [], rollback = false }: GateWishes,
  options: PassGatesOptions,
  emit: (event: DeployEvent) => void,
): Promise<readonly GateName[]> {
  const { config, storePath, recordFolder } = options
  const active = readPointer(storePath, target.model)?.active ?? null
  const model = config.models[target.model]
  if (active === target.version || model === undefined) return []
  const wholeOnly = rollback || isWayBack(storePath, target)
  const reports = await tryVersion(
    {
      target: { model: target.model, version: target.version },
      active,
      loaded: await options.activeVersions(),
      storePath,
      trustedKeys: config.trustedKeys,
      recordFolder,
      loadingProcesses: 2 * config.workers,
      wholeOnly,
      force,
      allow,
      gates: model.gates,
      selfTest: model.selfTest,
    },
    options,
    emit,
  )
  if (!wholeOnly) writeGateResults(storePath, target, { atMs: Date.now(), active, reports })
  const failed = reports.filter(({ outcome }) => outcome === 'failed')
  if (failed.length > 0) throw gateFailed(target, failed)
  return reports.filter(({ outcome }) => outcome === 'overridden').map(({ gate }) => gate)
}

/** Whether a version was active once, and neither a gate nor the bake speaks against it. */
export function isWayBack(storePath: string, target: ModelVersion): boolean {
  const results = readGateResults(storePath, target)
  const isSuspect = results?.reports.some(({ outcome }) => outcome === 'failed' || outcome === 'overridden')
  return isSuspect !== true && hasServed(storePath, target) && !hasFailedBake(storePath, target)
}

/** Whether what was found while a version was last watched had to be overridden, or is not known any more. */
function hasFailedBake(storePath: string, { model, version }: ModelVersion): boolean {
  for (const entry of latestHistory(storePath))
    if (entry.model === model && entry.version === version && entry.outcome === 'done' && isRollout(entry))
      return entry.overrode?.includes('bake') === true
  return true
}

function hasServed(storePath: string, { model, version }: ModelVersion): boolean {
  if (readPointer(storePath, model)?.previous === version) return true
  for (const entry of latestHistory(storePath))
    if (
      entry.model === model &&
      entry.outcome === 'done' &&
      isRollout(entry) &&
      (entry.version === version || entry.from === version)
    )
      return true
  return false
}

/** Runs the gatekeeper; what it says becomes steps. If it is lost, the version is not whole, whatever else it passed. */
async function tryVersion(
  start: GatekeeperStart,
  { gatekeeperEntry, signal }: PassGatesOptions,
  emit: (event: DeployEvent) => void,
): Promise<GateReport[]> {
  const reports: GateReport[] = []
  const now: { gate: GateName; begunMs: number; hasEnded: boolean } = {
    gate: 'whole',
    begunMs: performance.now(),
    hasEnded: false,
  }
  const report = (gate: GateReport): void => {
    reports.push(gate)
    emit({
      type: 'step',
      step: `gate ${gate.gate}`,
      state: gate.outcome === 'failed' ? 'failed' : 'done',
      durationMs: performance.now() - now.begunMs,
      detail: gate.outcome === 'passed' ? gate.sentence : `${gate.outcome}: ${gate.sentence}`,
      gate,
    })
  }
  const { how, isLate } = await runInSubprocess<GatekeeperMessage>({
    entry: gatekeeperEntry,
    start,
    timeoutMs: start.gates.timeoutMs,
    ...defined({ signal }),
    // A way back, or nobody is served yet.
    isUrgent: start.wholeOnly || start.active === null,
    onMessage: (message) => {
      switch (message.type) {
        case 'started':
          now.gate = message.gate
          now.begunMs = performance.now()
          emit({ type: 'step', step: `gate ${now.gate}`, state: 'started' })
          break
        case 'report':
          report(message.report)
          break
        case 'ended':
          now.hasEnded = true
          break
      }
    },
  })
  if (now.hasEnded) return reports
  signal?.throwIfAborted()
  const advice = isLate
    ? `; if the golden set is only long, or the model slow, raise models.${start.target.model}.gates.timeoutMs`
    : ''
  const sentence = `the process that tried it ${how} during the gate “${now.gate}”${advice}`
  report({ gate: 'whole', outcome: 'failed', sentence, figures: { during: now.gate, isLate } })
  return reports.filter(({ gate, outcome }) => gate !== 'whole' || outcome === 'failed')
}

function gateFailed(target: ModelVersion, failed: readonly GateReport[]): ChangeoverError {
  const whole = failed.find(({ gate }) => gate === 'whole')
  const ending = whole === undefined ? '; `--force` deploys it all the same' : '; this version cannot serve'
  return new ChangeoverError(
    'gate_failed',
    `${formatModelVersion(target)} is not deployed, and nothing has changed: ` +
      failed.map(({ gate, sentence }) => `the gate “${gate}” failed, ${sentence}`).join('; ') +
      (whole?.figures['isLate'] === true ? '' : ending),
  )
}
