import { setImmediate as nextTurn } from 'node:timers/promises'

import type { Config } from '../../../config/schema/index.ts'
import type { ModelVersion, ModelVersions, VersionDescription } from '../../../contracts/index.ts'
import { ChangeoverError, defined, toMessage } from '../../../contracts/index.ts'
import {
  countLabels,
  listVersionNames,
  readGateResults,
  readManifest,
  readPointer,
} from '../../../store/index.ts'

const maxVersions = 30
const maxLabels = 20

/** What the store knows of a model's versions. Throws `model_unknown`. */
export async function describeVersions(
  model: string,
  { models }: Pick<Config, 'models'>,
  storePath: string,
): Promise<ModelVersions> {
  const config = Object.hasOwn(models, model) ? models[model] : undefined
  if (config === undefined)
    throw new ChangeoverError('model_unknown', `the configuration has no model ${model}`)
  const names = listVersionNames(storePath, model)
  const { active, previous } = readPointer(storePath, model) ?? {}
  const described = names
    .toReversed()
    .filter((name, index) => index < maxVersions || name === active || name === previous)
  const versions: VersionDescription[] = []
  for (const version of described) {
    versions.push(describeVersion({ model, version }, storePath))
    // A manifest of many labels takes a millisecond, and the supervisor has heartbeats to answer.
    await nextTurn()
  }
  return { model, names, keep: config.keep, versions }
}

function describeVersion(target: ModelVersion, storePath: string): VersionDescription {
  const { version } = target
  const gates = readGateResults(storePath, target)
  try {
    const manifest = readManifest(storePath, target)
    const { publishedAtMs, publishedBy, note, meta, tokenizer, labels, training, source, compiled } = manifest
    return {
      version,
      manifest: {
        ...{ publishedAtMs, publishedBy, tokenizer, training },
        ...defined({ note, meta }),
        labelCount: countLabels(manifest),
        labels: labels.slice(0, maxLabels),
        fileName: source.fileName,
        sizeBytes: compiled.sizeBytes,
        sha256: source.sha256,
      },
      ...defined({ gates }),
    }
  } catch (error) {
    // One that cannot be read, or was removed at this moment, must not hide the others.
    return { version, fault: toMessage(error) }
  }
}
