import type { Operation } from './operation.ts'
import { shapeOf } from './route-path.ts'

type Item = Record<string, object>

/** The operations of a document by their paths, in the order in which they came. */
export class Paths {
  readonly items: Record<string, Item> = {}
  readonly tags = new Set<string>()
  /** The statuses of the errors that any of them has. */
  readonly problems = new Set<number>()
  readonly #templates = new Map<string, string>()
  readonly #ids = new Set<string>()

  /** The first with a method and a path is described; another that a router tells from it by its parameters is named there. */
  add(operation: Operation, write: (operation: Operation) => object): void {
    const shape = shapeOf(operation.path)
    const template = this.#templates.get(shape) ?? operation.path
    this.#templates.set(shape, template)
    const item = (this.items[template] ??= {})
    const method = operation.method.toLowerCase()
    if (item[method] !== undefined) {
      item[method] = withOther(item[method], operation)
      return
    }
    const renamed = renameParameters(operation, template)
    item[method] = { operationId: uniqueId(renamed, this.#ids), ...write(renamed) }
    this.tags.add(operation.tag)
    for (const status of operation.problems) this.problems.add(status)
  }
}

/** OpenAPI has no two paths that differ in the names of their parameters alone. */
function withOther(described: { readonly description?: string }, { path }: Operation): object {
  const { description = '' } = described
  return {
    ...described,
    description: `${description} Other values lead to the route \`${path}\`.`.trimStart(),
  }
}

/** The operation with the names that another one with the same path has for its parameters. */
function renameParameters(operation: Operation, template: string): Operation {
  if (operation.path === template) return operation
  const [names, wanted] = [placeholdersOf(operation.path), placeholdersOf(template)]
  const rename = (name: string): string => wanted[names.indexOf(name)] ?? name
  return {
    ...operation,
    path: template,
    parameters: operation.parameters.map((parameter) =>
      parameter.in === 'path' ? { ...parameter, name: rename(parameter.name) } : parameter,
    ),
  }
}

function placeholdersOf(template: string): readonly string[] {
  return template.match(/[^{}]+(?=\})/g) ?? []
}

/** A name for programs that are generated from the document. */
function uniqueId({ method, path }: Operation, taken: Set<string>): string {
  const wanted =
    `${method.toLowerCase()}_${path.replace(/[^\p{L}\p{N}]+/gu, '_').replace(/^_|_$/g, '')}`.replace(/_$/, '')
  let unique = wanted
  for (let i = 2; taken.has(unique); i++) unique = `${wanted}_${i}`
  taken.add(unique)
  return unique
}
