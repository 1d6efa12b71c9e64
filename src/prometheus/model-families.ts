import type { ModelFacts, ModelFigures, ServedFigures } from '../contracts/index.ts'
import { gateNames } from '../contracts/index.ts'
import { noLabel, pastName } from '../metrics/index.ts'
import type { Family, Labels, Sample, Told } from './family.ts'
import { tallySamples } from './stack-families.ts'

function ofVersion({ model, version }: { readonly model: string; readonly version: string }): Labels {
  return { model, version }
}

/** All but those that were served long ago. */
function toldVersions({ figures }: Told): readonly ModelFigures[] {
  return figures.totals.models.filter(({ version }) => version !== pastName)
}

function countVersions(told: Told, valueOf: (figures: ModelFigures) => number): Sample[] {
  return toldVersions(told).map((one) => ({ labels: ofVersion(one), value: valueOf(one) }))
}

/** Of all workers of an instance that serve a version, the largest. */
function ofServed(
  { figures }: Told,
  labelsOf: (served: ServedFigures, instance: string) => Labels,
  valueOf: (served: ServedFigures) => number | undefined,
  combine: (a: number, b: number) => number = Math.max,
): Sample[] {
  const found = new Map<string, Sample>()
  for (const { worker } of figures.living)
    for (const served of worker?.served ?? []) {
      const value = valueOf(served)
      if (value === undefined) continue
      const labels = labelsOf(served, worker?.instance ?? '')
      const key = Object.values(labels).join('\n')
      const before = found.get(key)
      found.set(key, { labels, value: before === undefined ? value : combine(before.value, value) })
    }
  return [...found.values()]
}

function ofModels({ facts }: Told, valueOf: (facts: ModelFacts) => number | null): Sample[] {
  return facts.models.flatMap((one) => {
    const value = valueOf(one)
    return value === null ? [] : [{ labels: { model: one.model }, value }]
  })
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000
}

/**
 * What deploys have counted, with a zero for everything usual that did not happen yet: an increase from nothing is not seen.
 * `usual` are the labels after the model.
 */
function deployCounter(
  family: Pick<Family, 'name' | 'help' | 'labels'>,
  name: 'deploys' | 'gates' | 'bakes',
  usual: readonly (readonly string[])[],
): Family {
  const { labels: names } = family
  const keyOf = ({ labels }: Sample): string => names.map((label) => labels[label]).join('\n')
  return {
    ...family,
    type: 'counter',
    collect: ({ figures, facts }) => {
      const counted = tallySamples(figures, name, names)
      const known = new Set(counted.map(keyOf))
      const zeros = facts.models.flatMap(({ model }) =>
        usual.map((rest) => ({
          labels: Object.fromEntries(names.map((label, index) => [label, [model, ...rest][index] ?? ''])),
          value: 0,
        })),
      )
      return [...counted, ...zeros.filter((sample) => !known.has(keyOf(sample)))]
    },
  }
}

const version = ['model', 'version']

/** What models are asked, what is served, and what the store has. */
export const modelFamilies: readonly Family[] = [
  {
    name: 'changeover_predictions_total',
    type: 'counter',
    help: 'Texts by the label that came first: the 30 most frequent labels of the training data by name, the rest as other, texts without a label as (none). Versions that were served long ago are left out',
    labels: [...version, 'label'],
    collect: (told) =>
      toldVersions(told).flatMap((one) =>
        one.labels.map(([label, count]) => ({ labels: { ...ofVersion(one), label }, value: count })),
      ),
  },
  {
    name: 'changeover_texts_without_known_word_total',
    type: 'counter',
    help: 'Texts without a single word that the model knows',
    labels: version,
    collect: (told) => countVersions(told, ({ withoutKnownWord }) => withoutKnownWord),
  },
  {
    name: 'changeover_words_total',
    type: 'counter',
    help: 'Words of all texts',
    labels: version,
    collect: (told) => countVersions(told, ({ words }) => words),
  },
  {
    name: 'changeover_unknown_words_total',
    type: 'counter',
    help: 'Words of all texts that the model does not know',
    labels: version,
    collect: (told) => countVersions(told, ({ unknownWords }) => unknownWords),
  },
  {
    name: 'changeover_confidence',
    type: 'summary',
    help: 'Probabilities of the first labels: their sum and their number, whose quotient is the mean confidence',
    labels: version,
    collect: (told) =>
      toldVersions(told).flatMap((one) => {
        const none = one.labels.find(([label]) => label === noLabel)?.[1] ?? 0
        const labels = ofVersion(one)
        return [
          { metricName: 'changeover_confidence_sum', labels, value: one.confidence },
          { metricName: 'changeover_confidence_count', labels, value: one.predictions - none },
        ]
      }),
  },
  {
    name: 'changeover_model_workers',
    type: 'gauge',
    help: 'Workers of an instance that serve a version',
    labels: ['model', 'version', 'role'],
    collect: (told) =>
      ofServed(
        told,
        (served, instance) => ({ ...ofVersion(served), role: instance }),
        () => 1,
        (a, b) => a + b,
      ),
  },
  {
    name: 'changeover_model_load_seconds',
    type: 'gauge',
    help: 'How long a version took to load, in the worker of the instance that took longest',
    labels: ['model', 'version', 'role'],
    collect: (told) =>
      ofServed(
        told,
        (served, instance) => ({ ...ofVersion(served), role: instance }),
        ({ loadMs }) => loadMs && loadMs / 1_000,
      ),
  },
  {
    name: 'changeover_model_size_bytes',
    type: 'gauge',
    help: 'What a version that is served takes of memory; all workers share it',
    labels: version,
    collect: (told) => ofServed(told, ofVersion, ({ sizeBytes }) => sizeBytes),
  },
  {
    name: 'changeover_active_since_timestamp_seconds',
    type: 'gauge',
    help: 'When the last deploy or rollback of a model was completed',
    labels: ['model'],
    collect: (told) => ofModels(told, ({ activeSinceMs }) => seconds(activeSinceMs)),
  },
  {
    name: 'changeover_last_training_timestamp_seconds',
    type: 'gauge',
    help: 'When the newest version in the store was trained: its own name if that is a time, otherwise when it was published',
    labels: ['model'],
    collect: (told) => ofModels(told, ({ trainedAtMs }) => seconds(trainedAtMs)),
  },
  {
    name: 'changeover_stale_after_seconds',
    type: 'gauge',
    help: 'How old the newest version of a model may be by the configuration (staleAfterMs); left out if it does not say',
    labels: ['model'],
    collect: (told) => ofModels(told, ({ staleAfterMs }) => seconds(staleAfterMs)),
  },
  {
    name: 'changeover_store_versions',
    type: 'gauge',
    help: 'Versions of a model in the store',
    labels: ['model'],
    collect: (told) => ofModels(told, ({ versions }) => versions),
  },
  {
    name: 'changeover_store_size_bytes',
    type: 'gauge',
    help: 'What the versions of a model take in the store',
    labels: ['model'],
    collect: (told) => ofModels(told, ({ sizeBytes }) => sizeBytes),
  },
  {
    name: 'changeover_store_damaged_versions',
    type: 'gauge',
    help: 'Versions of a model whose files are not as they were published',
    labels: ['model'],
    collect: (told) => ofModels(told, ({ damaged }) => damaged),
  },
  {
    name: 'changeover_store_filesystem_size_bytes',
    type: 'gauge',
    help: 'The size of the file system that the store is on',
    labels: [],
    collect: ({ facts: { disk } }) => (disk === null ? [] : [{ labels: {}, value: disk.sizeBytes }]),
  },
  {
    name: 'changeover_store_filesystem_avail_bytes',
    type: 'gauge',
    help: 'What of that file system is free for the user of the stack',
    labels: [],
    collect: ({ facts: { disk } }) => (disk === null ? [] : [{ labels: {}, value: disk.availableBytes }]),
  },
  deployCounter(
    {
      name: 'changeover_deploys_total',
      help: 'Deploys and rollbacks (action) that have ended: done, or failed',
      labels: ['model', 'action', 'outcome'],
    },
    'deploys',
    ['deploy', 'rollback'].flatMap((action) => ['done', 'failed'].map((outcome) => [action, outcome])),
  ),
  deployCounter(
    {
      name: 'changeover_gate_results_total',
      help: 'Results of gates: passed, failed, overridden (failed, but deployed by force) or skipped (nothing to compare with)',
      labels: ['model', 'gate', 'outcome'],
    },
    'gates',
    gateNames.flatMap((gate) => ['passed', 'failed'].map((outcome) => [gate, outcome])),
  ),
  deployCounter(
    {
      name: 'changeover_bake_results_total',
      help: 'Results of bakes, the time in which the primary is watched: passed, failed (rolled back), overridden or skipped',
      labels: ['model', 'outcome'],
    },
    'bakes',
    ['passed', 'failed', 'overridden', 'skipped'].map((outcome) => [outcome]),
  ),
]
