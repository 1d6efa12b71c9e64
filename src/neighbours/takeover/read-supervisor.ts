import { parseGunicornArgs } from '../gunicorn/parse-gunicorn-args.ts'
import type { GunicornArgs } from '../gunicorn/parse-gunicorn-args.ts'
import { parseSections } from '../ini/parse-sections.ts'
import type { IniEntry, IniSection } from '../ini/section.ts'
import type { Finding, Found, Place, ReadFiles, SourceFile } from './finding.ts'
import { splitCommand } from './split-command.ts'

/** A gunicorn that supervisor runs. */
export type GunicornService = {
  readonly name: string
  readonly args: GunicornArgs
  /** The line of its command. */
  readonly place: Place
  /** A fastText file that its environment or its command names. */
  readonly modelFile: Found<string> | undefined
}

export type SupervisorSetup = {
  readonly services: readonly GunicornService[]
  readonly findings: readonly Finding[]
}

/** Sections and keys that supervisor needs for itself, and that `changeover generate supervisor` writes anew for a program. */
const ownSections =
  /^(supervisord|supervisorctl|unix_http_server|inet_http_server|include|rpcinterface:.*|group:.*)$/
const ownKeys =
  /^(process_name|numprocs.*|priority|auto.*|start.*|exitcodes|stop.*|killasgroup|redirect_stderr|std(out|err)_.*|umask|serverurl)$/

/** Reads what supervisor runs, from its main file or from one that is included. Throws `host_file_invalid`. */
export function readSupervisor(source: SourceFile, readFiles: ReadFiles): SupervisorSetup {
  const main = parseSections(source.text, source.path)
  const patterns = main
    .filter(({ name }) => name === 'include')
    .flatMap(({ entries }) => valueOf(entries, 'files')?.split(/\s+/) ?? [])
  const included = patterns.flatMap((pattern) => readFiles(pattern, source.path))
  const services: GunicornService[] = []
  const findings: Finding[] = []
  for (const [file, sections] of [
    [source.path, main],
    ...included.map(({ path, text }) => [path, parseSections(text, path)] as const),
  ] as const)
    for (const section of sections) {
      const service = readService(section, file)
      if (service !== undefined) {
        services.push(service)
        findings.push(...findLeft(section, file))
      } else if (!ownSections.test(section.name)) findings.push(leftSection(section, file))
    }
  return { services, findings }
}

function readService({ name, entries }: IniSection, file: string): GunicornService | undefined {
  const command = entries.find(({ key }) => key === 'command')
  const words = splitCommand(command?.value ?? '')
  const at = words.findIndex((word) => /(^|\/)gunicorn\d?$/.test(word))
  if (!name.startsWith('program:') || command?.line === undefined || at < 0) return undefined
  const named = entries.find(({ value }) => modelPattern.test(value))
  const modelFile = modelPattern.exec(named?.value ?? '')?.[0]
  return {
    name: name.slice('program:'.length),
    args: parseGunicornArgs(words.slice(at + 1)),
    place: { file, line: command.line },
    modelFile:
      modelFile === undefined || named?.line === undefined
        ? undefined
        : { value: modelFile, places: [{ file, line: named.line }] },
  }
}

const modelPattern = /[^\s"',=]+\.(bin|ftz)(?=$|[\s"',])/

function findLeft({ entries }: IniSection, file: string): readonly Finding[] {
  return entries.flatMap(({ key, value, line = 0 }): readonly Finding[] => {
    const finding = { place: { file, line }, what: `${key}=${value}` }
    if (key === 'command') return []
    if (ownKeys.test(key))
      return [
        {
          ...finding,
          kind: 'needless',
          because: '`changeover generate supervisor` writes it for the whole stack',
        },
      ]
    if (key === 'user')
      return [
        {
          ...finding,
          kind: 'left',
          because: 'run `changeover generate supervisor` as this user, and the stack is theirs',
        },
      ]
    if (key === 'directory')
      return [
        {
          ...finding,
          kind: 'needless',
          because: 'paths in the configuration are relative to its own folder',
        },
      ]
    if (key === 'environment')
      return [
        {
          ...finding,
          kind: 'left',
          because: 'what the service still reads of it goes into the new section’s environment',
        },
      ]
    return [{ ...finding, kind: 'left', because: 'not understood' }]
  })
}

function leftSection({ name, entries, line = 0 }: IniSection, file: string): Finding {
  const command = valueOf(entries, 'command') ?? ''
  const isNginx = splitCommand(command).some((word) => /(^|\/)nginx$/.test(word))
  return {
    place: { file, line },
    what: `[${name}]${command === '' ? '' : ` ${command}`}`,
    kind: isNginx ? 'needless' : 'left',
    because: isNginx
      ? 'the gateway takes its place; while you keep nginx, keep this section'
      : 'no gunicorn; supervisor goes on running it beside the stack',
  }
}

function valueOf(entries: readonly IniEntry[], key: string): string | undefined {
  return entries.find((entry) => entry.key === key)?.value
}
