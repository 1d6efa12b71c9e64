import type { Schema } from './operation.ts'
import type { Node, Place } from './schema-place.ts'
import { isNode, placeOf, resolve, within } from './schema-place.ts'

type Kind = 'string' | 'undefined' | 'other'

/** Whether a value that fits a schema may be of a kind; `undefined` is what a handler returns for no body. */
export function admits(schema: Schema, kind: Kind): boolean {
  return new Admission(kind).at(schema, placeOf(schema as Node))
}

/** What is known of the schemas within one: each is looked at once, however many refer to it. */
class Admission {
  readonly #kind: Kind
  readonly #known = new Map<Node, boolean>()

  constructor(kind: Kind) {
    this.#kind = kind
  }

  at(schema: unknown, outer: Place): boolean {
    if (!isNode(schema)) return true
    const known = this.#known.get(schema)
    if (known !== undefined) return known
    // A schema admits nothing by referring to itself.
    this.#known.set(schema, false)
    const result = this.#look(schema, within(schema, outer))
    this.#known.set(schema, result)
    return result
  }

  #look(schema: Node, place: Place): boolean {
    const inner = (one: unknown): boolean => this.at(one, place)
    const { $ref, type, anyOf, oneOf, allOf, enum: values } = schema
    if (typeof $ref === 'string') return inner(resolve($ref, place))
    if (Array.isArray(anyOf)) return anyOf.some(inner)
    if (Array.isArray(oneOf)) return oneOf.some(inner)
    if (Array.isArray(allOf)) return allOf.every(inner)
    if (type !== undefined) return [type].flat().some((one) => kindOf(one) === this.#kind)
    if (Array.isArray(values))
      return values.some((value) => (typeof value === 'string' ? 'string' : 'other') === this.#kind)
    if ('const' in schema) return (typeof schema['const'] === 'string' ? 'string' : 'other') === this.#kind
    return !('not' in schema)
  }
}

function kindOf(type: unknown): Kind {
  if (type === 'string') return 'string'
  return type === 'undefined' || type === 'void' ? 'undefined' : 'other'
}
