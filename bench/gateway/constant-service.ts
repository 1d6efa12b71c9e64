import { defineService, Type } from 'changeover'

/** Parses the body and answers a constant: what is left is the road there and back. */
export default defineService((routes) => {
  routes.predict('/v1/is_name_question/', { body: Type.Unknown() }, () => 5)
})
