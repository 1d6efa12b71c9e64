import { ConfigSchema } from '../contracts/index.ts'

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

/** `changeover.yaml:7: gateway.prot is not a key here; …`: one fault of a configuration as people read it. */
export function describeFault(path: string, fault: Fault, findLine: FindLine): string {
  const keys = fault.instancePath.split('/').slice(1)
  const params = fault.params as {
    additionalProperties?: readonly string[]
    requiredProperties?: readonly string[]
  }
  const unknown = params.additionalProperties?.[0]
  if (unknown !== undefined) {
    const at = [...keys, unknown]
    return `${path}:${findLine(at)}: ${at.join('.')} is not a key here; the keys are ${knownKeys(keys).join(', ')}`
  }
  const missing = params.requiredProperties?.[0]
  if (missing !== undefined) return `${path}:${findLine(keys)}: ${[...keys, missing].join('.')} is missing`
  const name = keys.length === 0 ? 'the configuration' : keys.join('.')
  return `${path}:${findLine(keys)}: ${name} ${fault.message}`
}

function knownKeys(keys: readonly string[]): string[] {
  let node = ConfigSchema as SchemaNode | undefined
  for (const key of keys)
    node = node?.properties?.[key] ?? Object.values(node?.patternProperties ?? {})[0] ?? node?.items
  return Object.keys(node?.properties ?? {})
}
