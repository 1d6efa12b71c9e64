import type { ComparedModel } from '../../../compare/index.ts'
import { compareModels, explainOne, openComparedVersion } from '../../../compare/index.ts'
import type {
  Answer,
  ScoredFeature,
  StoreTask,
  StoreTaskMessage,
  TriedText,
  TriedVersion,
  VersionComparison,
} from '../../../contracts/index.ts'
import { ChangeoverError, defined, toErrorReport } from '../../../contracts/index.ts'
import { PredictionError } from '../../../engine/fasttext/index.ts'
import { limitMemory, prune } from '../../../store/index.ts'
import { readRecord } from '../../../traffic-sample/index.ts'
import { subprocessMemoryBytes } from './memory-limit.ts'
import { openParentChannel } from './parent-channel.ts'

const maxRecorded = 100_000
const compareForMs = 10_000
const maxChanges = 100
const maxTransitions = 100
const maxCharacters = 2_000
const predictionCount = 5
const featureCount = 12

limitMemory(subprocessMemoryBytes)

process.once('message', (task) => {
  const parent = openParentChannel<StoreTaskMessage>()
  try {
    parent.send({ type: 'done', result: carryOut(task as StoreTask) })
  } catch (error) {
    parent.send({ type: 'failed', error: toErrorReport(asOurs(error)) })
  }
  void parent.end()
})

function carryOut(task: StoreTask): unknown {
  switch (task.do) {
    case 'compare':
      return withBoth(task, (a, b) => compare(a, b, task))
    case 'try':
      return withBoth(task, (a, b) => tryText(a, b, task.text))
    case 'prune': {
      const { storePath, model, keep, by, address } = task
      return { removed: prune({ storePath, model, keep, nowMs: Date.now(), ...defined({ by, address }) }) }
    }
  }
}

function withBoth<Result>(
  { model, a, b, trustedKeys, storePath }: Extract<StoreTask, { do: 'compare' | 'try' }>,
  use: (a: ComparedModel, b: ComparedModel) => Result,
): Result {
  const open = (version: string): ComparedModel =>
    openComparedVersion({ model, version }, trustedKeys, storePath)
  return use(open(a), open(b))
}

function compare(
  before: ComparedModel,
  after: ComparedModel,
  { model, recordFolder }: Extract<StoreTask, { do: 'compare' }>,
): VersionComparison {
  const recorded = readRecord(recordFolder, model, maxRecorded)
  if (recorded.length === 0)
    throw new ChangeoverError(
      'nothing_recorded',
      `no text of ${model} is recorded; write \`record: {}\` under models.${model} in the configuration, reload, and let it serve for a while`,
    )
  const endMs = performance.now() + compareForMs
  const newestFirst = recorded.toReversed().map((text) => ({ text, truth: [] }))
  const { texts, changed, transitions, changes } = compareModels(before, after, newestFirst, {
    maxExplained: maxChanges,
    goesOn: () => performance.now() < endMs,
  })
  return {
    ...{ a: before.name, b: after.name, recorded: recorded.length, texts, changed },
    transitions: transitions.slice(0, maxTransitions),
    changes: changes.slice(0, maxChanges).map(({ text, before, after, because }) => ({
      text: cut(text),
      before: before ?? null,
      after: after ?? null,
      ...defined({ because }),
    })),
  }
}

function tryText(a: ComparedModel, b: ComparedModel, text: string): TriedText {
  const [before, after] = [a.top(text), b.top(text)]
  const because = before?.label === after?.label ? undefined : explainOne(a, b, { text, before, after })
  return { a: tryOn(a, text, before), b: tryOn(b, text, after), ...defined({ because }) }
}

function tryOn(model: ComparedModel, text: string, best: Answer | undefined): TriedVersion {
  return {
    version: model.name,
    predictions: model.predict(text, predictionCount),
    ...defined({ features: best && strongestFeatures(model, text, best.label) }),
  }
}

function strongestFeatures(model: ComparedModel, text: string, label: string): ScoredFeature[] | undefined {
  const [explanation] = model.explain(text, [label])
  if (explanation === undefined || explanation.path !== undefined) return undefined
  return explanation.contributions
    .toSorted((a, b) => Math.abs(b.score) - Math.abs(a.score))
    .slice(0, featureCount)
    .map(({ kind, text, score }) => ({ kind, text, score }))
}

/** Not in the middle of a character. */
function cut(text: string): string {
  const characters = Array.from(text.slice(0, 2 * maxCharacters))
  return characters.length <= maxCharacters
    ? text.slice(0, 2 * maxCharacters)
    : `${characters.slice(0, maxCharacters).join('')}…`
}

/** What the text of a client causes is an error of the client. */
function asOurs(error: unknown): unknown {
  return error instanceof PredictionError
    ? new ChangeoverError('bad_request', error.message, { cause: error })
    : error
}
