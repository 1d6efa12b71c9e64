import type { TSchema } from '#typebox'
import { Compile } from '#typebox/compile'

import { ChangeoverError } from '../../contracts/index.ts'
import { describeMisfit } from './describe-misfit.ts'

/** What a router has found in a URL: of a key that a query has several times, a list. */
export type Texts = Readonly<Record<string, string | readonly string[] | undefined>>

export type ReadParameters = (texts: Texts) => unknown

type ReadOne = (text: string | readonly string[]) => unknown

/**
 * Reads the parameters of a path or a query as their schema has them: numbers and booleans as JSON writes them, a list where one is
 * wanted, defaults for what is left out. It throws `bad_parameter`; this function `service_invalid`, for a schema of no object.
 */
export function createParameterReader(schema: TSchema, place: 'path' | 'query'): ReadParameters {
  const { properties } = schema as { readonly properties?: Readonly<Record<string, TSchema>> }
  if (properties === undefined)
    throw new ChangeoverError(
      'service_invalid',
      `the schema of the parameters in the ${place} is not an object; write Type.Object({ name: … })`,
    )
  const validator = Compile(schema)
  const known = Object.entries(properties).map(([name, property]) => ({
    name,
    read: createReader(property),
    usual: (property as { readonly default?: unknown }).default,
  }))
  return (texts) => {
    const values = Object.assign(Object.create(null), texts) as Record<string, unknown>
    for (const { name, read, usual } of known) {
      const text = values[name] as Texts[string]
      if (text !== undefined) values[name] = read(text)
      else if (usual !== undefined) values[name] = structuredClone(usual)
    }
    if (validator.Check(values)) return values
    throw new ChangeoverError(
      'bad_parameter',
      `the parameters in the ${place}${describeMisfit(validator, values)}`,
    )
  }
}

/** The first of what a text may mean that fits; if none does, what the whole schema then refuses for the right reason. */
function createReader(schema: TSchema): ReadOne {
  const { items, type } = schema as { readonly items?: TSchema | readonly TSchema[]; readonly type?: string }
  if (type === 'array') {
    const readItem = items === undefined || isList(items) ? asItIs : createReader(items)
    return (text) => (typeof text === 'string' ? [text] : text).map((one) => readItem(one))
  }
  const validator = Compile(schema)
  const isNumber = type === 'number' || type === 'integer'
  return (text) => {
    if (typeof text !== 'string') return text
    const meanings = meaningsOf(text)
    return meanings.find((meaning) => validator.Check(meaning)) ?? (isNumber ? meanings.at(-1) : text)
  }
}

const asItIs: ReadOne = (text) => text

function isList(items: TSchema | readonly TSchema[]): items is readonly TSchema[] {
  return Array.isArray(items)
}

function meaningsOf(text: string): unknown[] {
  if (text === 'true' || text === 'false') return [text, text === 'true']
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? [text, Number(text)] : [text]
}
