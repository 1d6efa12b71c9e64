import { defineService, Type } from 'changeover'

const Conversation = Type.Object({
  text: Type.Array(Type.Tuple([Type.String(), Type.Integer()])),
})

/** Answers with the index of the first utterance that asks for the student's name, or -1. */
export default defineService((routes) => [
  routes.predict(
    '/v1/is_name_question/',
    { body: Conversation, answer: Type.Integer(), examples: [{ body: { text: [['您贵姓', 5]] } }] },
    ({ body, model }) => {
      const nameQuestion = model('name_question')
      const found = body.text.find(([utterance]) => nameQuestion.top(utterance)?.label === '__label__name')
      return found?.[1] ?? -1
    },
  ),
])
