import { ChangeoverError } from '../../contracts/index.ts'
import type { ProtocolAnswer, ProtocolRequest, ProtocolRoute } from '../protocol.ts'

/** A model `m`, version 7, with three labels: the first is the text itself, so that answers tell what was asked. */
const fakeModels: ProtocolRequest['models'] = {
  served: [{ model: 'm', version: '7' }],
  model: (name) => {
    if (name !== 'm') throw new ChangeoverError('model_unknown', `no version of the model ${name} is served`)
    return {
      version: '7',
      labelCount: 3,
      predict: (text, k = 1, threshold = 0) =>
        [
          { label: text, probability: 0.5 },
          { label: 'b', probability: 0.25 },
          { label: 'c', probability: 0.125 },
        ]
          .slice(0, k === -1 ? 3 : k)
          .filter(({ probability }) => probability >= threshold),
      explain: (text, options) => [
        {
          label: text,
          probability: 0.5,
          score: 1,
          contributions: Array.from({ length: text === 'long' ? 50_000 : 0 }, () => ({
            kind: 'word',
            text,
            count: 1,
            score: 1,
          })),
          rest: { count: options?.limit ?? 0, score: 1 },
        },
      ],
    }
  },
}

/** What a route answers, with its work done at once. Throws what the route throws. */
export function ask(
  routes: readonly ProtocolRoute[],
  method: string,
  path: string,
  request: Partial<ProtocolRequest>,
): ProtocolAnswer {
  const route = routes.find((one) => one.method === method && one.path === path)
  if (route === undefined) throw new Error(`there is no route ${method} ${path}`)
  const answer = route.answer({
    url: '',
    params: {},
    body: Buffer.alloc(0),
    header: () => undefined,
    models: fakeModels,
    ...request,
  })
  if ('status' in answer) return answer
  for (;;) {
    const { done, value } = answer.next()
    if (done === true) return value
  }
}
