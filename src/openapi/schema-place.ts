/** A schema that is an object. */
export type Node = Readonly<Record<string, unknown>>

/** Where a schema is: what its references are relative to. */
export type Place = { readonly root: Node; readonly resource: Node }

/** What references of a schema may lead to, found once. */
type Index = {
  /** By an `$id`, a name among the definitions, or `#` and an `$anchor`. */
  readonly targets: ReadonlyMap<string, Node>
  /** The names of definitions. */
  readonly names: ReadonlyMap<Node, string>
}

const indexes = new WeakMap<Node, Index>()

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function placeOf(schema: Node): Place {
  return { root: schema, resource: schema }
}

/** The place of what is in a schema that is at `outer`. */
export function within(schema: Node, { root, resource }: Place): Place {
  return { root, resource: typeof schema['$id'] === 'string' ? schema : resource }
}

/** The schema that a reference leads to: `#`, `#/a/b`, `#anchor`, an `$id`, or a name among the definitions. */
export function resolve(reference: string, { root, resource }: Place): Node | undefined {
  if (!/^#(\/|$)/.test(reference)) return indexOf(root).targets.get(reference.replace(/#$/, ''))
  let found: unknown = resource
  for (const key of reference.slice(1).split('/').filter(Boolean)) {
    const name = decodeKey(key)
    found = typeof found === 'object' && found !== null ? (found as Node)[name] : undefined
  }
  return isNode(found) ? found : undefined
}

/** The name that a schema has among the definitions of its root. */
export function definedName(schema: Node, { root }: Place): string | undefined {
  return indexOf(root).names.get(schema)
}

function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    return key
  }
}

function indexOf(root: Node): Index {
  const known = indexes.get(root)
  if (known !== undefined) return known
  const targets = new Map<string, Node>()
  const names = new Map<Node, string>()
  const seen = new Set<unknown>()
  const add = (key: string, node: Node): void => {
    if (!targets.has(key)) targets.set(key, node)
  }
  // A list and no recursion: a schema may be as deep as it likes.
  const left: unknown[] = [root]
  while (left.length > 0) {
    const one = left.pop()
    if (typeof one !== 'object' || one === null || seen.has(one)) continue
    seen.add(one)
    for (const inner of Object.values(one).reverse() as readonly unknown[]) left.push(inner)
    if (!isNode(one)) continue
    const { $id, $anchor, $defs } = one
    if (typeof $id === 'string') add($id, one)
    if (typeof $anchor === 'string') add(`#${$anchor}`, one)
    for (const [name, defined] of Object.entries(isNode($defs) ? $defs : {})) {
      if (!isNode(defined)) continue
      add(name, defined)
      names.set(defined, name)
    }
  }
  const index = { targets, names }
  indexes.set(root, index)
  return index
}
