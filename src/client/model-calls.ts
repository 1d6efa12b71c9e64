import type { Explanation, Prediction } from '../engine/fasttext/index.ts'
import type { Caller, CallerRequest } from './caller.ts'
import type { Client, ExplainCall, InferRequest, InferResponse, ModelCall, PredictCall } from './client.ts'

type Texts = string | readonly string[]
type Row = { readonly labels: readonly string[]; readonly probabilities: readonly number[] }

/** The calls of models by the protocols that every stack speaks. They have no effects, so they may be sent again. */
export function createModelCalls(caller: Caller): Pick<Client, 'predict' | 'explain' | 'infer'> {
  return {
    predict: (async (model: string, texts: Texts, { k, threshold, ...call }: PredictCall = {}) => {
      const path = `/v1${modelPath(model, call)}:predict`
      const body = { instances: [texts].flat(), parameters: { k, threshold } }
      return caller.call(toPost(path, call, body), (answer) => {
        const rows = readList<Row>(answer, 'predictions', body.instances.length).map(toPredictions)
        return typeof texts === 'string' ? rows[0] : rows
      })
    }) as Client['predict'],
    explain: (async (model: string, texts: Texts, { k, labels, limit, ...call }: ExplainCall = {}) => {
      const path = `/v1${modelPath(model, call)}:explain`
      const body = { instances: [texts].flat(), parameters: { k, labels, limit } }
      return caller.call(toPost(path, call, body), (answer) => {
        const rows = readList<Explanation[]>(answer, 'explanations', body.instances.length)
        return typeof texts === 'string' ? rows[0] : rows
      })
    }) as Client['explain'],
    infer: async (model: string, request: InferRequest, call: ModelCall = {}) =>
      caller.call(toPost(`/v2${modelPath(model, call)}/infer`, call, request), (answer) => {
        readList(answer, 'outputs', undefined)
        return answer as InferResponse
      }),
  }
}

function modelPath(model: string, { version }: ModelCall): string {
  const path = `/models/${encodeURIComponent(model)}`
  return version === undefined ? path : `${path}/versions/${encodeURIComponent(version)}`
}

function toPost(path: string, call: ModelCall, body: object): CallerRequest {
  return { ...call, method: 'POST', path, body: JSON.stringify(body), isRepeatable: true }
}

/** A member of an answer that is a list with one element for each text. Throws a TypeError if it is not. */
function readList<Element>(answer: unknown, name: string, length: number | undefined): Element[] {
  const list = (answer as Readonly<Record<string, unknown>> | null | undefined)?.[name]
  if (Array.isArray(list) && (length === undefined || list.length === length)) return list as Element[]
  const wanted = length === undefined ? name : `${name} of ${length} texts`
  throw new TypeError(
    `it has no ${wanted}; is there another server, or a route of the service, at this path?`,
  )
}

function toPredictions({ labels, probabilities }: Row): Prediction[] {
  return labels.map((label, i) => ({ label, probability: probabilities[i] ?? Number.NaN }))
}
