import type { Operation } from '../../openapi/index.ts'
import { countColumns, findModel, predictEach } from '../ask-model.ts'
import type { ProtocolAnswer, ProtocolRequest, ProtocolRoute, Served, Work } from '../protocol.ts'
import { jsonAnswer } from '../protocol.ts'
import * as operations from './operations.ts'
import { readInferRequest } from './read-infer-request.ts'
import { writeInferAnswer } from './write-infer-answer.ts'

const controlRefused =
  'clients may not load or unload models here: that needs the gateway `own` and `gateway.modelControl: true`; use `changeover deploy` instead'

const modelPaths = ['/v2/models/:model', '/v2/models/:model/versions/:version'] as const

/** The Open Inference Protocol, version 2, over REST, as KServe, Triton and MLServer serve it; `version` is the program's. */
export function openInferenceRoutes(version: string): ProtocolRoute[] {
  return [
    get(
      '/v2',
      () =>
        jsonAnswer({ name: 'changeover', version, extensions: ['binary_tensor_data', 'model_repository'] }),
      () => operations.server,
    ),
    ...modelPaths.flatMap((path) => {
      const template = path.replace(/:(\w+)/g, '{$1}')
      return [
        get(path, describeModel, (served) => operations.describeModel(template, served)),
        get(`${path}/ready`, describeReady, (served) =>
          operations.describeReady(`${template}/ready`, served),
        ),
        post(`${path}/infer`, infer, (served) => operations.describeInfer(`${template}/infer`, served)),
      ]
    }),
    post('/v2/repository/index', listModels, () => operations.index),
    ...(['load', 'unload'] as const).map(refusedControl),
  ]
}

/** If it is allowed, the gateway answers it. */
function refusedControl(action: 'load' | 'unload'): ProtocolRoute {
  return {
    method: 'POST',
    path: `/v2/repository/models/:model/${action}`,
    repeat: 'never',
    answer: () => answerError(403, controlRefused),
    answerError,
    operations: (served) => [
      operations.describeControl(`/v2/repository/models/{model}/${action}`, action, served),
    ],
  }
}

function describeReady({ params, models }: ProtocolRequest): ProtocolAnswer {
  findModel(models, params)
  return jsonAnswer({ name: params['model'], ready: true })
}

function listModels({ models }: ProtocolRequest): ProtocolAnswer {
  return jsonAnswer(
    models.served.map(({ model, version }) => ({ name: model, version, state: 'READY', reason: '' })),
  )
}

function describeModel({ params, models }: ProtocolRequest): ProtocolAnswer {
  const { version } = findModel(models, params)
  return jsonAnswer({
    name: params['model'],
    versions: [version],
    platform: 'fasttext',
    inputs: [{ name: 'text', datatype: 'BYTES', shape: [-1] }],
    outputs: [
      { name: 'labels', datatype: 'BYTES', shape: [-1, -1] },
      { name: 'probabilities', datatype: 'FP32', shape: [-1, -1] },
    ],
  })
}

function* infer({ params, body, header, models }: ProtocolRequest): Work<ProtocolAnswer> {
  const model = findModel(models, params)
  const request = yield* readInferRequest(body, header('inference-header-content-length'))
  if (request.texts.length > 1) yield
  const { texts, k } = request
  const columns = countColumns(model, k)
  const labels: string[] = []
  const probabilities: number[] = []
  yield* predictEach(model, texts, request, (row) => {
    for (let column = 0; column < columns; column++) {
      labels.push(row[column]?.label ?? '')
      probabilities.push(Math.fround(row[column]?.probability ?? 0))
    }
  })
  return yield* writeInferAnswer({
    model: params['model'] ?? '',
    version: model.version,
    request,
    shape: [texts.length, columns],
    labels,
    probabilities,
  })
}

function answerError(status: number, message: string): ProtocolAnswer {
  return jsonAnswer({ error: message }, status)
}

type Describe = (served: Served) => Operation

function get(path: string, answer: ProtocolRoute['answer'], describe: Describe): ProtocolRoute {
  const operations = (served: Served): Operation[] => [describe(served)]
  return { method: 'GET', path, repeat: 'on-failure', answer, answerError, operations }
}

/** Its answer follows from the body and the models alone. */
function post(path: string, answer: ProtocolRoute['answer'], describe: Describe): ProtocolRoute {
  return { ...get(path, answer, describe), method: 'POST', repeat: 'freely' }
}
