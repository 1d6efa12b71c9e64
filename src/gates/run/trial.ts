import type { GatekeeperStart } from '../../contracts/index.ts'
import { toMessage } from '../../contracts/index.ts'
import { createLabelTest } from '../../engine/fasttext/index.ts'
import type { LoadedModel } from '../../store/index.ts'
import { createTokenizers, loadVersion } from '../../store/index.ts'
import { readRecord } from '../../traffic-sample/index.ts'
import type { GoldenLimits, MemoryForecast } from '../judge/index.ts'
import type { GoldenLine } from './read-golden-set.ts'
import { readGoldenSet } from './read-golden-set.ts'

/** The newest recorded texts that are asked. */
const recordedTexts = 20_000

/** The version that serves now, or why there is none to compare with. */
export type ActiveVersion =
  | { readonly state: 'loaded'; readonly model: LoadedModel }
  | { readonly state: 'absent'; readonly why: string }

/** The golden set of the configuration, or why there is none, or why it cannot be read. */
export type GoldenSet =
  | { readonly state: 'read'; readonly lines: readonly GoldenLine[]; readonly limits: GoldenLimits }
  | { readonly state: 'absent'; readonly why: string }
  | { readonly state: 'unreadable'; readonly why: string }

/** What the gates after the first work on. */
export type Trial = {
  readonly start: GatekeeperStart
  readonly candidate: LoadedModel
  readonly active: ActiveVersion
  readonly golden: GoldenSet
  readonly recorded: readonly string[]
  readonly forecast: MemoryForecast
}

export function prepareTrial(
  start: GatekeeperStart,
  candidate: LoadedModel,
  forecast: MemoryForecast,
): Trial {
  const active = loadActive(start)
  return {
    start,
    candidate,
    active,
    golden: openGoldenSet(start, candidate, active),
    recorded: readRecord(start.recordFolder, start.target.model, recordedTexts),
    forecast,
  }
}

/** The model that serves now; undefined if there is none to compare with. */
export function modelOf(active: ActiveVersion): LoadedModel | undefined {
  return active.state === 'loaded' ? active.model : undefined
}

function loadActive({
  storePath,
  target: { model },
  active: version,
  trustedKeys,
}: GatekeeperStart): ActiveVersion {
  if (version === null) return { state: 'absent', why: 'no version serves yet to compare with' }
  try {
    const loaded = loadVersion(storePath, { model, version }, createTokenizers(), trustedKeys)
    return { state: 'loaded', model: loaded }
  } catch (error) {
    return { state: 'absent', why: `nothing to compare with: ${toMessage(error)}` }
  }
}

function openGoldenSet(
  { gates: { golden } }: GatekeeperStart,
  candidate: LoadedModel,
  active: ActiveVersion,
): GoldenSet {
  if (golden === undefined) return { state: 'absent', why: 'the configuration names no golden set' }
  const labels = [...candidate.predictor.labels, ...(modelOf(active)?.predictor.labels ?? [])]
  try {
    return { state: 'read', lines: readGoldenSet(golden.file, createLabelTest(labels)), limits: golden }
  } catch (error) {
    return { state: 'unreadable', why: toMessage(error) }
  }
}
