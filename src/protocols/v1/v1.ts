import { ChangeoverError } from '../../contracts/index.ts'
import { explainEach, findModel, predictEach } from '../ask-model.ts'
import type { AskedModel, ProtocolAnswer, ProtocolRequest, ProtocolRoute, Work } from '../protocol.ts'
import { jsonAnswer } from '../protocol.ts'
import type { InstancesRequest } from './read-instances.ts'
import { readInstances } from './read-instances.ts'

const modelPaths = ['/v1/models/:model', '/v1/models/:model/versions/:version'] as const

type Action = (model: AskedModel, request: InstancesRequest) => Work<object>

const actions: Readonly<Record<string, Action>> = { predict, explain }

/**
 * TensorFlow Serving's `:predict` and model status, and `:explain`, as version 1 of KServe's protocol names it. A route cannot
 * have a colon after a parameter, so the last segment is parted here.
 */
export const v1Routes: readonly ProtocolRoute[] = modelPaths.flatMap((path): ProtocolRoute[] => [
  { method: 'GET', path, repeat: 'on-failure', answer: describeStatus, answerError },
  { method: 'POST', path, repeat: 'freely', answer: act, answerError },
])

function describeStatus({ params, models }: ProtocolRequest): ProtocolAnswer {
  const { version } = findModel(models, params)
  return jsonAnswer({
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
  const request = readInstances(body)
  yield
  return jsonAnswer(yield* action(model, request))
}

function* predict(model: AskedModel, { texts, isColumnar, parameters }: InstancesRequest): Work<object> {
  const { k = 1, threshold = 0 } = parameters
  const predictions = yield* predictEach(model, texts, k, threshold)
  const labels = predictions.map((row) => row.map(({ label }) => label))
  const probabilities = predictions.map((row) => row.map(({ probability }) => probability))
  if (isColumnar) return { outputs: { labels, probabilities } }
  return { predictions: labels.map((row, i) => ({ labels: row, probabilities: probabilities[i] })) }
}

function* explain(model: AskedModel, { texts, parameters }: InstancesRequest): Work<object> {
  return { explanations: yield* explainEach(model, texts, parameters) }
}

function answerError(status: number, message: string): ProtocolAnswer {
  return jsonAnswer({ error: message }, status)
}
