import { flagName } from '../gunicorn/flags.ts'
import type { GunicornFlag } from '../gunicorn/flags.ts'
import { allValues, lastValue } from '../gunicorn/parse-gunicorn-args.ts'
import type { Finding, Found } from './finding.ts'
import { defaultBodyLimitBytes } from './nginx-settings.ts'
import type { SettingKey } from './nginx-settings.ts'
import type { NginxSetup } from './read-nginx.ts'
import type { GunicornService, SupervisorSetup } from './read-supervisor.ts'

/** The configuration that takes the place of a set-up, and what else there was to say about it. */
export type Proposal = {
  readonly sources: readonly string[]
  readonly model: { readonly name: string; readonly initial: Found<string> } | undefined
  readonly primary: Found<string> | undefined
  readonly backup: Found<string> | undefined
  readonly workers: Found<number> | undefined
  readonly gateway: Found<string> | undefined
  readonly staticFolder: Found<string> | undefined
  readonly settings: ReadonlyMap<SettingKey, Found<number>>
  readonly findings: readonly Finding[]
}

/** Puts together what nginx and supervisor say. Each may be missing. */
export function propose(
  sources: readonly string[],
  nginx: NginxSetup | undefined,
  supervisor: SupervisorSetup | undefined,
): Proposal {
  const services = supervisor?.services ?? []
  const [primary, backup] = placeServices(nginx, services)
  const used = [primary, backup].flatMap((instance) => instance?.service ?? [])
  const workers = used.map(({ args, place }) => ({
    value: Number(lastValue(args, 'workers') ?? 1),
    places: [place],
  }))
  const modelFile = used.find((service) => service.modelFile !== undefined)?.modelFile
  return {
    sources,
    model: modelFile && { name: modelName(modelFile.value), initial: modelFile },
    primary: primary?.bind,
    backup: backup?.bind,
    workers: workers.find(({ value }) => Number.isInteger(value) && value >= 1),
    gateway: nginx?.listen,
    staticFolder: nginx?.staticFolder,
    settings: withDefaults(nginx),
    findings: inOrder([
      ...(nginx?.findings ?? []),
      ...(supervisor?.findings ?? []),
      ...[primary, backup].flatMap((instance) => (instance === undefined ? [] : serviceFindings(instance))),
      ...services.filter((service) => !used.includes(service)).map(unusedFinding),
    ]),
  }
}

/** As they are in the files, these in the order in which they were read. */
function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const files = [...new Set(findings.map(({ place }) => place.file))]
  const rank = ({ place }: Finding): number => files.indexOf(place.file)
  return findings.toSorted((a, b) => rank(a) - rank(b) || a.place.line - b.place.line)
}

type Instance = { readonly bind: Found<string>; readonly service: GunicornService | undefined }

/** The primary and the backup: in nginx's order where there is one, with the service of the same port; else in supervisor's. */
function placeServices(
  nginx: NginxSetup | undefined,
  services: readonly GunicornService[],
): readonly (Instance | undefined)[] {
  if (nginx === undefined || nginx.services.length === 0)
    return services.slice(0, 2).map((service) => ({
      bind: { value: bindsOf(service).at(-1) ?? '', places: [service.place] },
      service,
    }))
  return nginx.services.map(({ value, places }) => {
    for (const service of services) {
      const bind = bindsOf(service).find((one) => portOf(one) === portOf(value))
      if (bind !== undefined) return { bind: { value: bind, places: [...places, service.place] }, service }
    }
    return { bind: { value, places }, service: undefined }
  })
}

/** Where gunicorn listens; its own default where nothing is given. */
function bindsOf({ args }: GunicornService): readonly string[] {
  const binds = allValues(args, 'bind')
  return (binds.length === 0 ? ['127.0.0.1:8000'] : binds).map((bind) =>
    (bind.startsWith('unix:') || bind.includes(':') ? bind : `${bind}:8000`).replace(/^:/, '0.0.0.0:'),
  )
}

function portOf(address: string): string {
  return address.startsWith('unix:') ? address : (address.split(':').at(-1) ?? '')
}

function serviceFindings({ service, bind }: Instance): readonly Finding[] {
  if (service === undefined) return []
  const { args, place } = service
  const left = (what: string, because: string): Finding => ({ place, what, kind: 'left', because })
  return [
    ...(args.app === undefined
      ? []
      : [left(args.app, 'the Flask application: write its routes anew in the service file')]),
    ...allValues(args, 'chdir').map((folder): Finding => ({
      place,
      what: `--chdir ${folder}`,
      kind: 'needless',
      because: 'paths in the configuration are relative to its own folder',
    })),
    ...bindsOf(service)
      .filter((address) => address !== bind.value)
      .map((address) => left(`-b ${address}`, 'an instance listens at one address')),
    ...args.given.flatMap(({ flag, value }) =>
      isProposed(flag)
        ? []
        : [
            left(
              [flagName(flag), value ?? ''].join(' ').trim(),
              flag.instead ?? 'means the same for `changeover up`: give it there',
            ),
          ],
    ),
    ...args.unknown.map((word) => left(word, 'not a flag of gunicorn 20.1')),
  ]
}

/** Whether a flag has its place in the configuration, or above as a finding. */
function isProposed({ names: [name] }: GunicornFlag): boolean {
  return ['bind', 'workers', 'chdir'].includes(name)
}

function unusedFinding({ name, place }: GunicornService): Finding {
  return {
    place,
    what: `[program:${name}]`,
    kind: 'left',
    because:
      'a further service: nginx does not name it, or there are two already; give it a configuration of its own',
  }
}

function withDefaults(nginx: NginxSetup | undefined): ReadonlyMap<SettingKey, Found<number>> {
  if (nginx === undefined || nginx.settings.has('bodyLimitBytes')) return nginx?.settings ?? new Map()
  return new Map([['bodyLimitBytes', { value: defaultBodyLimitBytes, places: [] }], ...nginx.settings])
}

/** `name_question` of `/srv/name_question_1591259822.bin`, by the rule of the store. */
function modelName(file: string): string {
  const base = file.split('/').at(-1) ?? file
  return base.replace(/\.(bin|ftz)$/, '').replace(/_\d{9,11}$/, '')
}
