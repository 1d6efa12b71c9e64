import type { Finding, Found, Place } from '../finding.ts'
import { readCommand } from '../gunicorn/read-command.ts'
import type { GunicornFacts } from '../gunicorn/read-gunicorn.ts'
import { readGunicorn } from '../gunicorn/read-gunicorn.ts'
import { findModelFile } from '../model-file.ts'
import type { FindFiles, SourceFile } from '../source-file.ts'
import { fromFolder, plainPath } from '../source-file.ts'
import { expandValue, readPairs } from './expand-value.ts'
import type { PlacedSection } from './sections.ts'
import { placeSections } from './sections.ts'

/** A process of gunicorn that supervisor starts. */
export type GunicornService = Omit<GunicornFacts, 'findings'> & {
  readonly name: string
  /** The line of its command. */
  readonly place: Place
  /** A file with the ending of fastText's models that its environment or its command names. */
  readonly modelFile: Found<string> | undefined
}

export type SupervisorSetup = {
  readonly services: readonly GunicornService[]
  readonly findings: readonly Finding[]
}

/** Sections and keys for supervisord itself, and those that `changeover generate supervisor` writes for a program. */
const ownSections =
  /^(supervisord|supervisorctl|unix_http_server|inet_http_server|include|rpcinterface:.*|ctlplugin:.*|group:.*)$/
const ownKeys =
  /^(process_name|numprocs.*|priority|auto.*|start.*|exitcodes|stop.*|killasgroup|redirect_stderr|std(out|err)_.*|umask|serverurl|socket.*)$/

/** Reads what supervisor runs, from its main file or from one that is included. Throws `host_file_invalid`. */
export function readSupervisor(source: SourceFile, files: FindFiles): SupervisorSetup {
  const findings: Finding[] = []
  const services: GunicornService[] = []
  const sections = placeSections(source, files, findings)
  const ofAll = readEnvironment(
    sections.find(({ name }) => name === 'supervisord'),
    new Map(),
  )
  for (const section of sections) {
    const processes = readProcesses(section, sections, ofAll, files)
    if (processes.length > 0) {
      services.push(...processes.map(({ service }) => service))
      findings.push(...distinct(processes.flatMap((process) => process.findings)), ...findLeft(section))
    } else if (!ownSections.test(section.name)) findings.push(leftSection(section))
  }
  return { services, findings }
}

/** Several processes of one section share most settings. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()]
}

type Process = { readonly service: GunicornService; readonly findings: readonly Finding[] }

/** The processes of gunicorn that a section starts: as many as numprocs. */
function readProcesses(
  section: PlacedSection,
  sections: readonly PlacedSection[],
  ofAll: ReadonlyMap<string, Found<string>>,
  files: FindFiles,
): readonly Process[] {
  const command = section.entries.get('command')
  const [, name] = /^(?:program|fcgi-program):(.*)$/.exec(section.name) ?? []
  if (command === undefined || name === undefined) return []
  const count = Number(section.entries.get('numprocs')?.value ?? 1)
  const first = Number(section.entries.get('numprocs_start')?.value ?? 0)
  const isOne = !(count > 1 && count <= maxProcesses)
  return Array.from({ length: isOne ? 1 : count }, (_, index) => first + index).flatMap((number) => {
    const known = new Map([
      ['program_name', name],
      ['group_name', groupOf(name, sections)],
      ['process_num', String(number)],
      ['numprocs', String(count)],
      ...[...ofAll].map(([key, { value }]) => [`ENV_${key}`, value] as const),
    ])
    const environment = new Map([...ofAll, ...readEnvironment(section, known)])
    for (const [key, { value }] of environment) known.set(`ENV_${key}`, value)
    // Unknown names stay as written, and are not taken over.
    const expand = (text: string): string =>
      text.replace(/%(%|\([^)]*\)\d*[sd])/g, (part) => expandValue(part, known) ?? part)
    const read = readCommand(expand(command.value))
    if (read.kind !== 'gunicorn') return []
    const directory = expand(section.entries.get('directory')?.value ?? '')
    const started = absoluteOf(undefined, directory)
    const folder = read.folder === undefined ? started : absoluteOf(started, read.folder)
    const { findings, ...facts } = readGunicorn(
      {
        args: read.args.map((word) =>
          word.startsWith('fd://') ? (socketOf(section, expand) ?? word) : word,
        ),
        placeOf: (text) => command.placeOf(text),
        environment: new Map([
          ...environment,
          ...read.variables.map(([key, value]) => [key, { value, places: [command.placeOf(key)] }] as const),
        ]),
        folder,
      },
      files,
    )
    const modelFile = findModelFile(
      [section.entries.get('environment'), command].filter((entry) => entry !== undefined),
      expand,
      facts.folder,
    )
    return [
      {
        service: {
          ...facts,
          name: isOne ? name : `${name}:${number}`,
          place: command.place,
          modelFile: modelFile.found,
        },
        findings: [...findings, ...modelFile.findings],
      },
    ]
  })
}

/** Beyond this a number of processes is a slip, and one stands for all. */
const maxProcesses = 256

function readEnvironment(
  section: PlacedSection | undefined,
  known: ReadonlyMap<string, string>,
): ReadonlyMap<string, Found<string>> {
  const entry = section?.entries.get('environment')
  if (entry === undefined) return new Map()
  return new Map(
    readPairs(entry.value).map(([key, value]) => [
      key,
      { value: expandValue(value, known) ?? value, places: [entry.placeOf(key)] },
    ]),
  )
}

/** The socket that supervisor opens for the processes of an fcgi-program. */
function socketOf(section: PlacedSection, expand: (text: string) => string): string | undefined {
  const socket = section.entries.get('socket')
  return socket === undefined ? undefined : expand(socket.value).replace(/^unix:\/\//, 'unix:')
}

function groupOf(name: string, sections: readonly PlacedSection[]): string {
  const group = sections.find(
    ({ name: header, entries }) =>
      header.startsWith('group:') &&
      (entries.get('programs')?.value ?? '').split(',').some((program) => program.trim() === name),
  )
  return group === undefined ? name : group.name.slice('group:'.length)
}

function absoluteOf(folder: string | undefined, path: string): string | undefined {
  if (path === '' || /[$%~]/.test(path)) return undefined
  if (path.startsWith('/')) return plainPath(path)
  return folder === undefined ? undefined : plainPath(fromFolder(folder, path))
}

function findLeft({ entries }: PlacedSection): readonly Finding[] {
  return [...entries.values()].flatMap(({ key, value, place }): readonly Finding[] => {
    const finding = { place, what: `${key}=${value}` }
    if (key === 'command') return []
    if (ownKeys.test(key))
      return [
        {
          ...finding,
          kind: 'needless',
          because: '`changeover generate supervisor` sets it for the whole stack',
        },
      ]
    if (key === 'user')
      return [
        {
          ...finding,
          kind: 'left',
          because: 'run `changeover generate supervisor` as this user, and the stack will run as this user',
        },
      ]
    if (key === 'directory')
      return [
        {
          ...finding,
          kind: 'needless',
          because: 'paths in the configuration are relative to its folder',
        },
      ]
    if (key === 'environment')
      return [
        {
          ...finding,
          kind: 'left',
          because: 'copy the variables that the service still needs to the environment of the new section',
        },
      ]
    return [{ ...finding, kind: 'left', because: 'not understood' }]
  })
}

function leftSection({ name, entries, place }: PlacedSection): Finding {
  const command = entries.get('command')
  const read = readCommand(command?.value ?? '')
  return {
    place,
    what: `[${name}]${command === undefined ? '' : ` ${command.value}`}`,
    kind: read.kind === 'nginx' ? 'needless' : 'left',
    because:
      read.kind === 'nginx'
        ? 'the gateway replaces it; if you keep nginx, keep this section'
        : command === undefined || read.kind !== 'other'
          ? 'not understood; supervisord continues to use it'
          : read.because,
  }
}
