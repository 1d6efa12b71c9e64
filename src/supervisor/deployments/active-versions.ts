import type { Config } from '../../config/schema/index.ts'
import type { DamagedVersion, ErrorReport, Log, ModelPointer, ModelVersion } from '../../contracts/index.ts'
import { ChangeoverError, formatModelVersion } from '../../contracts/index.ts'
import type { CheckedVersion } from '../../store/index.ts'
import { fingerprintVersion, readPointer } from '../../store/index.ts'

export type ActiveVersionsOptions = {
  readonly config: Pick<Config, 'models' | 'trustedKeys'>
  readonly storePath: string
  /** The models that a client unloaded: they are not served, although a version is active. */
  readonly unloaded?: ReadonlySet<string>
  /** Finds out why a version must not be served, without blocking the caller. */
  readonly findFault: (version: CheckedVersion) => Promise<ErrorReport | undefined>
  readonly log: Log
}

export type ActiveVersions = {
  /** What a process that starts now has to serve: what the pointers say of models that are not unloaded, or the previous version if that one is damaged. */
  readonly list: () => Promise<readonly ModelVersion[]>
  readonly isUnloaded: (model: string) => boolean
  /** The active versions that are damaged, as they are now. */
  readonly damaged: () => Promise<readonly DamagedVersion[]>
  /** Throws `version_damaged`, `version_untrusted` or `version_unknown` if a version must not be served. */
  readonly check: (target: ModelVersion) => Promise<void>
  /** Has versions checked again, whatever is known of them: a process found other bytes than were checked. */
  readonly forget: (versions: readonly ModelVersion[]) => void
}

/** What is served of a model; null: nothing. */
type Chosen = {
  readonly model: string
  readonly version: string | null
  readonly damaged?: DamagedVersion
}

type Checked = { readonly fingerprint: string; readonly fault: Promise<ErrorReport | undefined> }

/**
 * Checks versions before any process is told to serve them. A version is hashed once, however often it is asked for, and again
 * when its files were touched; a worker also hashes what it has mapped.
 */
export function createActiveVersions({
  config,
  storePath,
  unloaded = new Set(),
  findFault,
  log,
}: ActiveVersionsOptions): ActiveVersions {
  const checked = new Map<string, Checked>()
  const said = new Set<string>()

  const faultOf = (target: ModelVersion): Promise<ErrorReport | undefined> => {
    const name = formatModelVersion(target)
    const fingerprint = fingerprintVersion(storePath, target)
    const known = checked.get(name)
    if (known?.fingerprint === fingerprint) return known.fault
    const fault = findFault({ storePath, target, trustedKeys: config.trustedKeys })
    // A check that failed to run says nothing of the version, and is repeated.
    fault.catch(() => checked.delete(name))
    checked.set(name, { fingerprint, fault })
    return fault
  }

  const choose = async ({ model, active, previous }: ModelPointer): Promise<Chosen> => {
    const fault = await faultOf({ model, version: active })
    if (fault === undefined) return { model, version: active }
    const isPreviousSound = previous !== null && (await faultOf({ model, version: previous })) === undefined
    const servedInstead = isPreviousSound ? previous : null
    const damaged = { model, version: active, why: fault.message, servedInstead }
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

  /** In turn: each check reads a whole file. */
  const chooseAll = async (): Promise<Chosen[]> => {
    const chosen: Chosen[] = []
    for (const model of Object.keys(config.models)) {
      const pointer = readPointer(storePath, model)
      if (pointer !== undefined && !unloaded.has(model)) chosen.push(await choose(pointer))
    }
    return chosen
  }

  return {
    list: async () =>
      (await chooseAll()).flatMap(({ model, version }) => (version === null ? [] : [{ model, version }])),
    isUnloaded: (model) => unloaded.has(model),
    damaged: async () => (await chooseAll()).flatMap(({ damaged }) => damaged ?? []),
    check: async (target) => {
      const fault = await faultOf(target)
      if (fault !== undefined) throw new ChangeoverError(fault.code, fault.message)
    },
    forget: (versions) => {
      for (const version of versions) checked.delete(formatModelVersion(version))
    },
  }
}
