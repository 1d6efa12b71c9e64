import { defineService, Type } from 'changeover'

const Conversation = Type.Object({
  text: Type.Array(Type.Tuple([Type.String(), Type.Integer()])),
})

/** What a request costs more than in the example: few enough a second that one process can send four times as many. */
const extraMs = 4

/** The example's service, made slow by work that keeps its only thread busy. */
export default defineService((routes) => {
  routes.predict('/v1/is_name_question/', { body: Conversation }, ({ body, model }) => {
    const endMs = performance.now() + extraMs
    const nameQuestion = model('name_question')
    const found = body.text.find(([utterance]) => nameQuestion.top(utterance)?.label === '__label__name')
    while (performance.now() < endMs);
    return found?.[1] ?? -1
  })
})
