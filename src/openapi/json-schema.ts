import type { Schema } from './operation.ts'
import type { Node, Place } from './schema-place.ts'
import { definedName, isNode, placeOf, resolve, within } from './schema-place.ts'

const nothing = { not: {} } as const
const jsonTypes = new Set<unknown>(['null', 'boolean', 'object', 'array', 'number', 'string', 'integer'])
const maps = new Set(['properties', 'patternProperties', 'dependentSchemas'])
const lists = new Set(['anyOf', 'allOf', 'oneOf', 'prefixItems'])
const single = new Set([
  ...['items', 'not', 'if', 'then', 'else', 'contains', 'propertyNames', 'additionalProperties'],
  ...['unevaluatedItems', 'unevaluatedProperties'],
])
/** What has no meaning in the document, or is written in another way. */
const dropped = new Set([
  ...['$id', '$defs', 'definitions', '$schema', '$vocabulary', '$anchor', '$ref'],
  ...['$dynamicAnchor', '$dynamicRef', '$recursiveAnchor', '$recursiveRef'],
  ...['items', 'additionalItems', 'type'],
])

/**
 * Writes TypeBox's schemas as OpenAPI 3.1 has them (JSON Schema 2020-12). Schemas with an `$id`, and those that others refer to,
 * are listed once among the components. What is no schema of JSON is `{}`, which any value fits.
 */
export class JsonSchemas {
  readonly #components = Object.create(null) as Record<string, unknown>
  /** The names that schemas have, by what they are. */
  readonly #names = new Map<unknown, string>()
  readonly #namesOfNodes = new WeakMap<Node, string>()
  readonly #rootNumbers = new Map<unknown, number>()
  readonly #rootNumbersOfNodes = new WeakMap<Node, number>()
  /** Components that have a name but are not written yet: a chain of references may be long. */
  readonly #unwritten: { readonly name: string; readonly schema: Node; readonly place: Place }[] = []

  /** By their names. */
  get components(): Readonly<Record<string, unknown>> {
    return this.#components
  }

  convert(schema: Schema): unknown {
    const written = orAny(() => this.#convert(schema, placeOf(schema as Node)))
    for (let one = this.#unwritten.pop(); one !== undefined; one = this.#unwritten.pop()) {
      const { name, schema: component, place } = one
      this.#components[name] = orAny(() => this.#write(component, place))
    }
    return written
  }

  #convert(schema: unknown, outer: Place): unknown {
    if (typeof schema === 'boolean') return schema
    if (!isNode(schema)) return {}
    const place = within(schema, outer)
    if (typeof schema['$ref'] === 'string') return this.#refer(schema['$ref'], schema, place)
    if (typeof schema['$id'] === 'string') return this.#component(schema, place)
    return this.#write(schema, place)
  }

  /** What stands beside a reference holds too. */
  #refer(reference: string, schema: Node, place: Place): unknown {
    const beside = this.#write(schema, place)
    const target = resolve(reference, place)
    if (target === undefined || target === schema) return beside
    const { $ref } = this.#component(target, within(target, place))
    return { $ref, ...(beside as object) }
  }

  #component(schema: Node, place: Place): { readonly $ref: string } {
    const name = this.#namesOfNodes.get(schema) ?? this.#nameComponent(schema, place)
    return { $ref: `#/components/schemas/${name}` }
  }

  #nameComponent(schema: Node, place: Place): string {
    const identity = this.#identify(schema, place)
    const known = this.#names.get(identity)
    const name = known ?? this.#freeName(schema, place)
    this.#names.set(identity, name)
    this.#namesOfNodes.set(schema, name)
    if (known === undefined) {
      this.#components[name] = {}
      this.#unwritten.push({ name, schema, place })
    }
    return name
  }

  /** Of two schemas with the same text, those without references mean the same; others if all around them is the same. */
  #identify(schema: Node, { root }: Place): unknown {
    const text = toText(schema)
    if (text?.includes('"$ref"') !== true) return text ?? schema
    let number = this.#rootNumbersOfNodes.get(root)
    if (number === undefined) {
      const rootText = toText(root) ?? root
      number = this.#rootNumbers.get(rootText) ?? this.#rootNumbers.size
      this.#rootNumbers.set(rootText, number)
      this.#rootNumbersOfNodes.set(root, number)
    }
    return `${number} ${text}`
  }

  #freeName(schema: Node, place: Place): string {
    const { $id, title } = schema
    const given = [$id, definedName(schema, place), title].find((name) => typeof name === 'string')
    const wanted = (given ?? '').replace(/[^\w.-]+/g, '_').replace(/^_+$/, '') || 'Schema'
    let unique = wanted
    for (let i = 2; Object.hasOwn(this.#components, unique); i++) unique = `${wanted}_${i}`
    return unique
  }

  #write(schema: Node, place: Place): unknown {
    const type = writeType(schema['type'])
    if (type === undefined) return nothing
    const written: Record<string, unknown> = type === null ? {} : { type }
    for (const [key, value] of Object.entries(schema)) {
      if (dropped.has(key) || key.startsWith('~')) continue
      if (maps.has(key)) written[key] = this.#writeMap(value, place)
      else if (lists.has(key)) written[key] = this.#writeList(value, place)
      else if (single.has(key)) written[key] = this.#convert(value, place)
      else {
        const json = toJson(value)
        if (json !== undefined) written[key] = json
      }
    }
    this.#writeItems(schema, written, place)
    omitAbsent(written)
    return written
  }

  /** A tuple has its schemas in `items`, as in earlier drafts of JSON Schema. */
  #writeItems({ items, additionalItems }: Node, written: Record<string, unknown>, place: Place): void {
    if (!Array.isArray(items)) {
      if (items !== undefined) written['items'] = this.#convert(items, place)
      return
    }
    if (items.length > 0) written['prefixItems'] = items.map((item) => this.#convert(item, place))
    if (additionalItems !== undefined) written['items'] = this.#convert(additionalItems, place)
  }

  #writeMap(value: unknown, place: Place): unknown {
    if (!isNode(value)) return {}
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.#convert(one, place)]))
  }

  /** What JSON cannot have is none of several. */
  #writeList(value: unknown, place: Place): unknown {
    const written = Array.isArray(value) ? value.map((one: unknown) => this.#convert(one, place)) : []
    const possible = written.filter((one) => one !== nothing)
    return possible.length > 0 ? possible : [nothing]
  }
}

/** An object that contains itself has no end, and is described as what may be anything. */
function orAny(write: () => unknown): unknown {
  try {
    return write()
  } catch {
    return {}
  }
}

/** The types of JSON among those of a schema; null if it names none, undefined if they are all types that JSON has not. */
function writeType(type: unknown): unknown {
  if (type === undefined) return null
  if (Array.isArray(type)) {
    const known = type.filter((one) => jsonTypes.has(one))
    return known.length > 0 ? known : undefined
  }
  return jsonTypes.has(type) ? type : undefined
}

/** Properties that JSON cannot have are not there. */
function omitAbsent(written: Record<string, unknown>): void {
  const { properties, required } = written
  if (!isNode(properties)) return
  const present = Object.entries(properties).filter(([, one]) => one !== nothing)
  written['properties'] = Object.fromEntries(present)
  if (!Array.isArray(required)) return
  const absent = new Set(Object.keys(properties).filter((key) => properties[key] === nothing))
  const left = required.filter((key) => !absent.has(String(key)))
  if (left.length > 0) written['required'] = left
  else delete written['required']
}

/** Undefined for what JSON cannot have; an expression is its source. */
function toJson(value: unknown): unknown {
  if (value instanceof RegExp) return value.source
  const text = toText(value)
  return text === undefined ? undefined : (JSON.parse(text) as unknown)
}

function toText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
