import { readdirSync } from 'node:fs'

import { cruise } from 'dependency-cruiser'
import type { ICruiseResult, IForbiddenRuleType } from 'dependency-cruiser'

/** The rooms, and what each may import from. What is not listed here is not a room. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  fasttext: [],
  tokenize: [],
  rollout: ['contracts'],
  'run-folder': ['contracts'],
  link: ['contracts', 'run-folder'],
  http: ['contracts'],
  launch: ['contracts', 'run-folder', 'service-manager'],
  config: ['contracts', 'run-folder'],
  neighbours: ['contracts'],
  'service-manager': ['contracts'],
  control: ['contracts', 'run-folder'],
  record: ['contracts'],
  gates: ['contracts', 'fasttext'],
  store: ['contracts', 'fasttext', 'tokenize'],
  gatekeeper: ['contracts', 'fasttext', 'gates', 'record', 'store'],
  instance: ['contracts', 'fasttext', 'gates', 'http', 'link', 'record', 'store'],
  gateway: ['contracts', 'http', 'link', 'neighbours', 'run-folder'],
  supervisor: ['contracts', 'gates', 'launch', 'link', 'rollout', 'run-folder', 'store'],
  watch: ['contracts', 'store'],
  cli: ['contracts', 'config', 'control', 'fasttext', 'gatekeeper', 'gates', 'neighbours', 'record', 'store'],
  main: [
    'contracts',
    'config',
    'control',
    'cli',
    'fasttext',
    'gatekeeper',
    'gateway',
    'instance',
    'launch',
    'run-folder',
    'service-manager',
    'store',
    'supervisor',
    'watch',
  ],
}

/** Rooms without I/O: they know no module of Node's. */
const pureRooms = ['contracts', 'fasttext', 'gates', 'tokenize', 'rollout', 'neighbours']

const rules: IForbiddenRuleType[] = [
  { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
  { name: 'unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  {
    name: 'only-through-the-index',
    severity: 'error',
    from: { path: '^src/([^/]+)/' },
    to: { path: '^src/[^/]+/', pathNot: '^src/($1/|[^/]+/index\\.ts$)' },
  },
  {
    name: 'no-io-in-pure-rooms',
    severity: 'error',
    from: { path: `^src/(${pureRooms.join('|')})/`, pathNot: '\\.test\\.ts$' },
    to: { dependencyTypes: ['core'] },
  },
  ...Object.entries(rooms).map(([room, allowed]): IForbiddenRuleType => ({
    name: `${room}-imports-only-${allowed.join('-') || 'itself'}`,
    severity: 'error',
    from: { path: `^src/${room}/` },
    to: { path: '^src/', pathNot: `^src/(${[room, ...allowed].join('|')})/` },
  })),
]

const result = await cruise(['src'], {
  ruleSet: { forbidden: rules },
  validate: true,
  doNotFollow: { path: 'node_modules' },
  tsPreCompilationDeps: true,
  enhancedResolveOptions: {
    extensions: ['.ts', '.js'],
    exportsFields: ['exports'],
    conditionNames: ['import', 'node', 'default'],
  },
})
const { modules, summary } = result.output as ICruiseResult
const faults = summary.violations.map(({ rule, from, to }) => `${from} → ${to}: ${rule.name}`)

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
const cruised = modules.filter(({ source }) => source.startsWith('src/')).length
if (cruised < files.length) faults.push(`only ${cruised} of ${files.length} modules were looked at`)
for (const room of readdirSync('src')) if (!(room in rooms)) faults.push(`src/${room} is not a known room`)

for (const fault of faults) console.error(fault)
console.log(`boundaries: ${cruised} modules in ${Object.keys(rooms).length} rooms, ${faults.length} faults`)
process.exitCode = faults.length === 0 ? 0 : 1
