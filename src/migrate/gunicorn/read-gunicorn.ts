import { split } from 'shlex'

import type { GunicornFlag } from '../../integrations/index.ts'
import { flagName, parseGunicornArgs, parseGunicornConfig } from '../../integrations/index.ts'
import type { Finding, Found, Place } from '../finding.ts'
import { addressFault } from '../nginx/addresses.ts'
import type { FindFiles } from '../source-file.ts'
import { fromFolder, isClosed, isPattern, plainPath } from '../source-file.ts'

/** How gunicorn is started. */
export type GunicornStart = {
  readonly args: readonly string[]
  /** The line of its command in which a text stands. */
  readonly placeOf: (text: string) => Place
  readonly environment: ReadonlyMap<string, Found<string>>
  /** The folder in which it is started: absolute, or undefined if no line sets it. */
  readonly folder: string | undefined
}

/** The settings of a gunicorn, with their lines. */
export type GunicornFacts = {
  readonly binds: readonly Found<string>[]
  readonly workers: Found<number> | undefined
  /** The folder that it changes to, absolute. */
  readonly folder: string | undefined
  readonly findings: readonly Finding[]
}

type Given = {
  readonly flag: GunicornFlag
  readonly values: readonly string[]
  readonly place: Place
  readonly what: string
}

/** A later source overrides an earlier one: gunicorn's own file, GUNICORN_CMD_ARGS, its command line. */
export function readGunicorn(start: GunicornStart, files: FindFiles): GunicornFacts {
  const { args, placeOf, environment } = start
  const findings: Finding[] = []
  const command = readArgs(args, placeOf, findings)
  const inEnvironment = environment.get('GUNICORN_CMD_ARGS')
  const [environmentPlace] = inEnvironment?.places ?? []
  const fromEnvironment =
    inEnvironment === undefined || environmentPlace === undefined
      ? []
      : readArgs(splitOrNothing(inEnvironment.value), () => environmentPlace, findings)
  const configured = readConfigs([...fromEnvironment, ...command], start, files, findings)
  const sources = [configured, fromEnvironment, command]
  const counts = (name: string): readonly Given[] =>
    sources
      .findLast((source) => source.some((given) => isFlag(given, name)))
      ?.filter((given) => isFlag(given, name)) ?? []
  const chdir = counts('chdir').at(-1)?.values[0]
  const folder = chdir === undefined ? start.folder : folderFrom(start.folder, chdir)
  const all = sources.flat()
  findings.push(...all.flatMap((given) => findGiven(given, counts)))
  return {
    binds: readBinds(counts('bind'), environment.get('PORT'), folder, findings),
    workers: readWorkers(counts('workers').at(-1), environment.get('WEB_CONCURRENCY'), findings),
    folder,
    findings,
  }
}

function readArgs(
  args: readonly string[],
  placeOf: (text: string) => Place,
  findings: Finding[],
): readonly Given[] {
  const { app, given, unknown } = parseGunicornArgs(args)
  if (app !== undefined)
    findings.push({
      place: placeOf(app),
      what: app,
      kind: 'left',
      because: 'the Python application; rewrite its routes in the service file',
    })
  for (const word of unknown)
    findings.push({ place: placeOf(word), what: word, kind: 'left', because: 'not a flag of gunicorn 20.1' })
  return given.map(({ flag, value }) => ({
    flag,
    values: value === undefined ? [] : [value],
    place: placeOf(value ?? flag.names[0]),
    what: [flagName(flag), value ?? ''].join(' ').trim(),
  }))
}

/** gunicorn's own configuration: the file that is named, or gunicorn.conf.py where gunicorn is started. */
function readConfigs(
  given: readonly Given[],
  { folder, placeOf }: GunicornStart,
  files: FindFiles,
  findings: Finding[],
): readonly Given[] {
  const named = given.findLast((one) => isFlag(one, 'config'))
  const [text] = named?.values ?? []
  const leave = (because: string): readonly Given[] => {
    if (named !== undefined) findings.push({ place: named.place, what: named.what, kind: 'left', because })
    return []
  }
  if (text?.startsWith('python:') === true)
    return leave('a Python module, which is not read; look for bind and workers in it')
  const name = text?.replace(/^file:/, '') ?? 'gunicorn.conf.py'
  const path = name.startsWith('/') ? name : folder === undefined ? undefined : fromFolder(folder, name)
  if (path === undefined || /[$%]/.test(path) || isPattern(path))
    return leave('the files do not say which folder this file is in; look for bind and workers in it')
  const [file] = files.match(path)
  if (file === undefined)
    return leave(`${path} does not exist here; look for bind and workers where gunicorn runs`)
  if (isClosed(file))
    return leave(`${path} cannot be read (${file.fault}); run adopt as a user who can read it`)
  const { given: values, unread } = parseGunicornConfig(file.text)
  for (const { line, what } of unread)
    findings.push({
      place: { file: file.path, line },
      what,
      kind: 'left',
      because: 'only Python can compute this; look up its value',
    })
  if (named !== undefined)
    findings.push({
      place: named.place,
      what: named.what,
      kind: 'needless',
      because: 'the plain values in this file were read; Changeover’s own configuration is changeover.yaml',
    })
  else if (values.length > 0 || unread.length > 0)
    findings.push({
      place: placeOf('gunicorn'),
      what: path,
      kind: 'needless',
      because: 'gunicorn reads this file in the folder that it starts in, so its plain values were read',
    })
  return values.map(({ line, ...value }) => ({ ...value, place: { file: file.path, line } }))
}

/** The remark on a flag that is not part of the proposal, or that does not count. */
function findGiven(given: Given, counts: (name: string) => readonly Given[]): readonly Finding[] {
  const { flag, place, what } = given
  const [name] = flag.names
  const finding = (kind: Finding['kind'], because: string): readonly Finding[] => [
    { place, what, kind, because },
  ]
  if (name === 'config') return []
  if (!counts(name).includes(given)) return finding('needless', 'another line overrides it')
  if (name === 'bind' || name === 'workers') return []
  if (name === 'chdir') return finding('needless', 'paths in the configuration are relative to its folder')
  return finding('left', flag.instead ?? 'means the same for `changeover up`; pass it there')
}

function readBinds(
  given: readonly Given[],
  port: Found<string> | undefined,
  folder: string | undefined,
  findings: Finding[],
): readonly Found<string>[] {
  const written =
    given.length > 0
      ? given.flatMap(({ values, place, what }) =>
          values.flatMap((value) => value.split(',')).map((text) => ({ text, places: [place], what })),
        )
      : port === undefined
        ? []
        : [{ text: `0.0.0.0:${port.value}`, places: port.places, what: `PORT=${port.value}` }]
  return written.flatMap(({ text, places, what }) => {
    const value = bindOf(text.trim(), folder)
    const fault = addressFault(value)
    if (fault === undefined) return [{ value, places }]
    for (const place of places) findings.push({ place, what, kind: 'left', because: fault })
    return []
  })
}

/** The address of gunicorn, as the configuration writes it. */
function bindOf(text: string, folder: string | undefined): string {
  const [, socket] = /^unix:(?:\/\/)?(.*)$/.exec(text) ?? []
  if (socket !== undefined) {
    const path = socket.startsWith('/') || folder === undefined ? socket : fromFolder(folder, socket)
    return `unix:${path.startsWith('/') && !/[$%]/.test(path) ? plainPath(path) : path}`
  }
  const address = text.replace(/^tcp:\/\//, '')
  return (/:\d+$/.test(address) || /[$%]/.test(address) ? address : `${address}:8000`).replace(
    /^:/,
    '0.0.0.0:',
  )
}

const maxWorkers = 256

function readWorkers(
  given: Given | undefined,
  concurrency: Found<string> | undefined,
  findings: Finding[],
): Found<number> | undefined {
  const text = given?.values[0] ?? concurrency?.value
  const places = given === undefined ? (concurrency?.places ?? []) : [given.place]
  if (text === undefined) return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && value <= maxWorkers) return { value, places }
  for (const place of places)
    findings.push({
      place,
      what: given?.what ?? `WEB_CONCURRENCY=${text}`,
      kind: 'left',
      because: /^\d+$/.test(text)
        ? `workers must be between 1 and ${maxWorkers}`
        : 'its value is filled in elsewhere; look it up',
    })
  return undefined
}

function isFlag({ flag }: Given, name: string): boolean {
  return flag.names.includes(name)
}

function folderFrom(folder: string | undefined, path: string): string | undefined {
  if (/[$%]/.test(path)) return undefined
  if (path.startsWith('/')) return plainPath(path)
  return folder === undefined ? undefined : plainPath(fromFolder(folder, path))
}

function splitOrNothing(text: string): readonly string[] {
  try {
    return split(text)
  } catch {
    return []
  }
}
