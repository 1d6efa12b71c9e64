import { resolve } from 'node:path'

import type { TSchema } from '#typebox'

import { isPath } from './schema/index.ts'

/** The parts of a schema that mark paths. */
type Shape = TSchema & {
  readonly properties?: Readonly<Record<string, Shape>>
  readonly patternProperties?: Readonly<Record<string, Shape>>
  readonly items?: Shape
}

/** Makes every path in a value absolute, relative to `folder`; the schema marks which strings are paths. */
export function withAbsolutePaths(schema: TSchema, value: unknown, folder: string): unknown {
  const { properties = {}, patternProperties = {}, items } = schema as Shape
  if (isPath(schema) && typeof value === 'string') return resolve(folder, value)
  if (Array.isArray(value))
    return items === undefined ? value : value.map((item: unknown) => withAbsolutePaths(items, item, folder))
  if (value === null || typeof value !== 'object') return value
  const [ofEveryKey] = Object.values(patternProperties)
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => {
      const shape = properties[key] ?? ofEveryKey
      return [key, shape === undefined ? field : withAbsolutePaths(shape, field, folder)]
    }),
  )
}
