import { defineService, Type } from 'changeover'

/** A route of a service that does what the protocols do: the best label of one text. */
export default defineService((routes) => {
  routes.predict('/label', { body: Type.Object({ text: Type.String() }) }, ({ body, model }) =>
    model('name_question').top(body.text),
  )
})
