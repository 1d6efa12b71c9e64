import { readdirSync } from 'node:fs'

import type { ICruiseResult, IDependency } from 'dependency-cruiser'
import { cruise } from 'dependency-cruiser'

import { folders, rooms } from './rooms.ts'

const roots = ['src', ...Object.keys(folders)]

/** The folder of a file: a room of `src`, or one of the folders beside it; `src` itself for what a service file imports. */
function folderOf(path: string): string | undefined {
  if (!path.startsWith('src/')) return roots.find((root) => path.startsWith(`${root}/`))
  const inside = Object.keys(rooms).filter((room) => path.startsWith(`src/${room}/`))
  const deepest = inside.reduce((longest, room) => (room.length > longest.length ? room : longest), '')
  return deepest === '' ? (path.split('/').length === 2 ? 'src' : undefined) : deepest
}

function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || path.includes('/testing/')
}

/** Why one file may not import another; undefined if it may. */
function findFault(
  from: string,
  { resolved, coreModule, couldNotResolve, dependencyTypes }: IDependency,
): string | undefined {
  const [source, target] = [folderOf(from), folderOf(resolved)]
  if (couldNotResolve) return 'cannot be resolved'
  if (source === undefined) return 'is in no room'
  const room = rooms[source]
  if (coreModule && !isTest(from) && (room?.isPure ?? room?.isPortable) === true)
    return `${source} may import no module of Node’s`
  if (coreModule) return undefined
  const isErased = dependencyTypes.includes('type-only')
  if (room?.isPortable === true && !isTest(from) && target !== source && !isErased)
    return `${source} runs in browsers: it may import nothing but types`
  if (target === undefined || target === source) return undefined
  if (target === 'harness' && isTest(from)) return undefined
  if (!resolved.startsWith('src/'))
    return folders[source]?.imports.includes(target) === true
      ? undefined
      : `${source} may not import ${target}`
  if (room === undefined || isTest(from)) return undefined
  if (!room.imports.includes('*') && !room.imports.includes(target))
    return `${source} may not import ${target}`
  return resolved === `src/${target}/index.ts` ? undefined : 'a room is imported by its index.ts'
}

const result = await cruise(roots, {
  ruleSet: { forbidden: [{ name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } }] },
  validate: true,
  doNotFollow: { path: 'node_modules|^dist/' },
  exclude: { path: 'link-protocol-0' },
  tsPreCompilationDeps: true,
  enhancedResolveOptions: {
    extensions: ['.ts', '.js'],
    exportsFields: ['exports'],
    conditionNames: ['import', 'node', 'default'],
  },
})
const { modules, summary } = result.output as ICruiseResult
const own = modules.filter(({ source }) => roots.some((root) => source.startsWith(`${root}/`)))

const faults = [
  ...summary.violations.map(({ rule, from, to }) => `${from} → ${to}: ${rule.name}`),
  ...own.flatMap(({ source, dependencies }) =>
    dependencies.flatMap((dependency) => {
      const fault = findFault(source, dependency)
      return fault === undefined ? [] : [`${source} → ${dependency.resolved}: ${fault}`]
    }),
  ),
]

const files = roots
  .flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => `${root}/${name}`),
  )
  .filter((name) => name.endsWith('.ts') && !name.includes('link-protocol-0'))
for (const file of files) {
  if (!own.some(({ source }) => source === file)) faults.push(`${file} was not checked`)
  if (folderOf(file) === undefined) faults.push(`${file} is in no room`)
}

// What is allowed and not used is a door that somebody will take.
const used = new Set(
  own.flatMap(({ source, dependencies }) =>
    isTest(source)
      ? []
      : dependencies.map(({ resolved }) => `${folderOf(source) ?? ''} ${folderOf(resolved) ?? ''}`),
  ),
)
for (const [name, { imports }] of [...Object.entries(rooms), ...Object.entries(folders)])
  for (const target of imports)
    if (target !== '*' && name !== 'test' && !used.has(`${name} ${target}`))
      faults.push(`${name} is allowed to import ${target} and does not; take it out of rooms.ts`)

for (const fault of faults) console.error(fault)
console.log(
  `boundaries: ${files.length} files in ${Object.keys(rooms).length} rooms of src and ${roots.length - 1} folders, ${faults.length} faults`,
)
process.exitCode = faults.length === 0 ? 0 : 1
