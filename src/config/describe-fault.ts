import { ConfigSchema } from './schema/index.ts'

/** The line of a key, given as the keys that lead to it. */
export type FindLine = (keys: readonly string[]) => number

export type Fault = {
  readonly keyword: string
  readonly instancePath: string
  readonly message: string
  readonly params: object
}

type SchemaNode = {
  readonly type?: string
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
}

/** A fault of a configuration for people: its line, its key, and what is wrong. */
export function describeFault(
  fault: Fault,
  findLine: FindLine,
): { readonly line: number; readonly message: string } {
  const keys = fault.instancePath.split('/').slice(1)
  const { additionalProperties, requiredProperties, allowedValues } = fault.params as FaultParams
  const [unknown] = additionalProperties ?? []
  if (unknown !== undefined) {
    const at = [...keys, unknown]
    const known = knownKeys(keys)
    const hint = known.length === 0 ? 'use letters, digits, _ and -' : `the keys are ${known.join(', ')}`
    return { line: findLine(at), message: `${at.join('.')} is not a key here; ${hint}` }
  }
  const [missing] = requiredProperties ?? []
  if (missing !== undefined)
    return { line: findLine(keys), message: `${[...keys, missing].join('.')} is missing` }
  const name = keys.length === 0 ? 'the configuration' : keys.join('.')
  const what = allowedValues === undefined ? fault.message : `must be one of ${allowedValues.join(', ')}`
  return { line: findLine(keys), message: `${name} ${what}` }
}

type FaultParams = {
  readonly additionalProperties?: readonly string[]
  readonly requiredProperties?: readonly string[]
  readonly allowedValues?: readonly unknown[]
}

function knownKeys(keys: readonly string[]): string[] {
  let node = ConfigSchema as SchemaNode | undefined
  for (const key of keys)
    node = node?.properties?.[key] ?? Object.values(node?.patternProperties ?? {})[0] ?? node?.items
  return Object.keys(node?.properties ?? {})
}
