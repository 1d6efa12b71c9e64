import { formatModelVersion } from '../contracts/index.ts'
import type { Config, DamagedVersion, Log, ModelPointer, ModelVersion } from '../contracts/index.ts'
import { fingerprintVersion, readPointer, requireSound, requireTrusted } from '../store/index.ts'

export type ActiveVersionsOptions = {
  readonly config: Pick<Config, 'models' | 'trustedKeys'>
  readonly storePath: string
  readonly log: Log
}

export type ActiveVersions = {
  /** What a process that starts now has to serve: what the pointers say, and the previous version where that one is damaged. */
  readonly list: () => readonly ModelVersion[]
  /** The active versions that are damaged, as they are now. */
  readonly damaged: () => readonly DamagedVersion[]
}

/** What is served of a model; null: nothing. */
type Chosen = {
  readonly model: string
  readonly version: string | null
  readonly damaged?: DamagedVersion
}

/** Checks what the pointers name before it is served. A version is hashed once, and again when somebody has touched its files. */
export function createActiveVersions({ config, storePath, log }: ActiveVersionsOptions): ActiveVersions {
  const checked = new Map<string, { readonly fingerprint: string; readonly fault: string | undefined }>()
  const said = new Set<string>()

  const findFault = (target: ModelVersion): string | undefined => {
    const name = formatModelVersion(target)
    const fingerprint = fingerprintVersion(storePath, target)
    const known = checked.get(name)
    if (known?.fingerprint === fingerprint) return known.fault
    const fault = faultOf(() => {
      requireTrusted(storePath, target, config.trustedKeys)
      requireSound(storePath, target)
    })
    checked.set(name, { fingerprint, fault })
    return fault
  }

  const choose = ({ model, active, previous }: ModelPointer): Chosen => {
    const why = findFault({ model, version: active })
    if (why === undefined) return { model, version: active }
    const isPreviousSound = previous !== null && findFault({ model, version: previous }) === undefined
    const servedInstead = isPreviousSound ? previous : null
    const damaged = { model, version: active, why, servedInstead }
    say(damaged)
    return { model, version: servedInstead, damaged }
  }

  const say = ({ model, why, servedInstead }: DamagedVersion): void => {
    const instead =
      servedInstead === null
        ? `the previous one is no better, so a process that starts now serves no version of ${model}: deploy one that is sound`
        : `a process that starts now serves ${model}@${servedInstead} in its place: make that the active one with \`changeover rollback\``
    const line = `the active version cannot be served: ${why}; ${instead}`
    if (!said.has(line)) log('error', line)
    said.add(line)
  }

  const chooseAll = (): Chosen[] =>
    Object.keys(config.models).flatMap((model) => {
      const pointer = readPointer(storePath, model)
      return pointer === undefined ? [] : [choose(pointer)]
    })

  return {
    list: () => chooseAll().flatMap(({ model, version }) => (version === null ? [] : [{ model, version }])),
    damaged: () => chooseAll().flatMap(({ damaged }) => damaged ?? []),
  }
}

function faultOf(check: () => void): string | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
