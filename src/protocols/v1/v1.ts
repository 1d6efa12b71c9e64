import { ChangeoverError } from '../../contracts/index.ts'
import type { Operation } from '../../openapi/index.ts'
import { countColumns, explainEach, findModel, predictEach } from '../ask-model.ts'
import type { AskedModel, ProtocolAnswer, ProtocolRequest, ProtocolRoute, Served, Work } from '../protocol.ts'
import { jsonAnswer, jsonTextAnswer } from '../protocol.ts'
import { elementsPerStep, writeList } from '../write-list.ts'
import * as operations from './operations.ts'
import type { InstancesRequest } from './read-instances.ts'
import { readInstances } from './read-instances.ts'

/** The last segment of a path that is asked, and of one that is posted to: with an action after a colon. */
const places = [
  { before: '/v1/models/', name: 'model' },
  { before: '/v1/models/:model/versions/', name: 'version' },
] as const

type Action = {
  /** The body of the answer, as JSON. */
  readonly act: (model: AskedModel, request: InstancesRequest) => Work<string>
  readonly describe: (path: string, served: Served) => Operation
}

const actions: Readonly<Record<string, Action>> = {
  predict: { act: predict, describe: operations.describePredict },
  explain: { act: explain, describe: operations.describeExplain },
}

/**
 * TensorFlow Serving's `:predict` and model status, and `:explain`, as version 1 of KServe's protocol names it. A route cannot
 * have a colon after a parameter, so the last segment is parted here; but each method has its own paths, so that OPTIONS says
 * what a path takes.
 */
export const v1Routes: readonly ProtocolRoute[] = places.flatMap(({ before, name }): ProtocolRoute[] => {
  const template = `${before.replace(':model', '{model}')}{${name}}`
  return [
    {
      ...{ method: 'GET', path: `${before}:${name}(^[^:]+$)`, repeat: 'on-failure' },
      ...{ answer: describeStatus, answerError },
      operations: (served) => [operations.describeStatus(template, served)],
    },
    {
      ...{ method: 'POST', path: `${before}:${name}(^.+:.+$)`, repeat: 'freely', answer: act, answerError },
      operations: (served) => Object.values(actions).map(({ describe }) => describe(template, served)),
    },
  ]
})

/** In the form of TensorFlow Serving, and in that of KServe's first protocol. */
function describeStatus({ params, models }: ProtocolRequest): ProtocolAnswer {
  const { version } = findModel(models, params)
  return jsonAnswer({
    name: params['model'],
    ready: true,
    model_version_status: [{ version, state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } }],
  })
}

/** `M:predict`, `M/versions/V:predict` and the same of `explain`. */
function* act({ params, body, models }: ProtocolRequest): Work<ProtocolAnswer> {
  const last = params['version'] ?? params['model'] ?? ''
  const colon = last.lastIndexOf(':')
  const name = last.slice(colon + 1)
  const action = colon < 0 || !Object.hasOwn(actions, name) ? undefined : actions[name]
  if (action === undefined)
    throw new ChangeoverError(
      'route_not_found',
      `${last} ends in no action that is known; POST to MODEL:predict or MODEL:explain`,
    )
  const target = last.slice(0, colon)
  const model = findModel(
    models,
    params['version'] === undefined ? { model: target } : { ...params, version: target },
  )
  const request = yield* readInstances(body)
  yield
  return jsonTextAnswer(yield* action.act(model, request))
}

function* predict(model: AskedModel, { texts, isColumnar, parameters }: InstancesRequest): Work<string> {
  const { k = 1, threshold = 0 } = parameters
  const labels: string[][] = []
  const probabilities: number[][] = []
  yield* predictEach(model, texts, { k, threshold }, (row) => {
    labels.push(row.map(({ label }) => label))
    probabilities.push(row.map(({ probability }) => probability))
  })
  const rowsPerStep = Math.ceil(elementsPerStep / Math.max(1, countColumns(model, k)))
  const write = (list: readonly unknown[]): Work<string> => writeList(list, rowsPerStep)
  if (isColumnar)
    return `{"outputs":{"labels":${yield* write(labels)},"probabilities":${yield* write(probabilities)}}}`
  return `{"predictions":${yield* write(labels.map((row, i) => ({ labels: row, probabilities: probabilities[i] })))}}`
}

/** One explanation is as long as many predictions. */
const explanationsPerStep = 5

function* explain(model: AskedModel, { texts, parameters }: InstancesRequest): Work<string> {
  const explanations = yield* explainEach(model, texts, parameters)
  return `{"explanations":${yield* writeList(explanations, explanationsPerStep)}}`
}

function answerError(status: number, message: string): ProtocolAnswer {
  return jsonAnswer({ error: message }, status)
}
