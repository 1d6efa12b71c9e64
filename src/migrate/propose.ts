import type { Finding, Found } from './finding.ts'
import { formatPlace } from './finding.ts'
import { modelName } from './model-file.ts'
import { collide } from './nginx/addresses.ts'
import type { NginxSetup } from './nginx/read-nginx.ts'
import type { SettingKey } from './nginx/settings.ts'
import type { Instance } from './place-services.ts'
import { placeServices } from './place-services.ts'
import type { GunicornService, SupervisorSetup } from './supervisord/read-supervisord.ts'

/** The configuration that replaces a set-up, and the remarks on it. */
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
  readonly unsaid: readonly Unsaid[]
}

/** The settings that no line has, and the values that apply then. */
export type Unsaid = { readonly what: string; readonly then: string }

/** The default addresses of the configuration. */
const defaultBinds = { primary: '127.0.0.1:5001', backup: '127.0.0.1:5002', gateway: '0.0.0.0:8086' } as const

/** Combines the settings of nginx and supervisord. Each may be missing. */
export function propose(
  sources: readonly string[],
  nginx: NginxSetup | undefined,
  supervisor: SupervisorSetup | undefined,
): Proposal {
  const services = supervisor?.services ?? []
  const { primary, backup, findings } = placeServices(nginx?.targets ?? [], services)
  const used = [primary, backup].flatMap((instance) => instance?.service ?? [])
  const models = used.flatMap(({ modelFile }) => modelFile ?? [])
  const workers = used.flatMap((service) => service.workers ?? [])
  const [model] = models
  const said = {
    model: model && { name: modelName(model.value), initial: model },
    primary: primary?.bind,
    backup: backup?.bind,
    workers: workers[0],
    gateway: nginx?.listen,
    staticFolder: nginx?.staticFolder,
    settings: nginx?.settings ?? new Map<SettingKey, Found<number>>(),
  }
  const free = freeBinds(said, nginx !== undefined)
  return {
    sources,
    ...said,
    ...free.binds,
    findings: inOrder([
      ...(nginx?.findings ?? []),
      ...(supervisor?.findings ?? []),
      ...findings,
      ...[primary, backup].flatMap(otherBinds),
      ...others(
        models,
        'another model file; add it under models',
        (one, first) => modelName(one) === modelName(first),
      ),
      ...others(workers, 'both instances have the same number of workers', (one, first) => one === first),
      ...services
        .filter((service) => !used.includes(service))
        .map((service) => unusedFinding(service, nginx)),
    ]),
    unsaid: [...free.unsaid, ...unsaidOf(said, nginx, supervisor)],
  }
}

/** As they are in the files, these in the order in which they were read. */
function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const files = [...new Set(findings.map(({ place }) => place.file))]
  const rank = ({ place }: Finding): number => files.indexOf(place.file)
  return findings.toSorted((a, b) => rank(a) - rank(b) || a.place.line - b.place.line)
}

function otherBinds(instance: Instance | undefined): readonly Finding[] {
  return (instance?.service?.binds ?? [])
    .filter(({ value }) => value !== instance?.bind.value)
    .flatMap(({ value, places }) =>
      places.map((place): Finding => ({
        place,
        what: `-b ${value}`,
        kind: 'left',
        because: 'an instance listens on one address',
      })),
    )
}

/** Values of the second service that the first one's do not cover. */
function others<T>(
  [first, ...rest]: readonly Found<T>[],
  because: string,
  isCovered: (one: T, first: T) => boolean,
): readonly Finding[] {
  if (first === undefined) return []
  const at = first.places.map(formatPlace).join(', ')
  return rest
    .filter(({ value }) => !isCovered(value, first.value))
    .flatMap(({ value, places }) =>
      places.map((place): Finding => ({
        place,
        what: String(value),
        kind: 'left',
        because: `${because}; ${at} was used`,
      })),
    )
}

function unusedFinding({ name, place, binds }: GunicornService, nginx: NginxSetup | undefined): Finding {
  const because =
    binds.length === 0
      ? 'the files do not say where it listens (gunicorn’s default is 127.0.0.1:8000); check whether nginx passes requests to it'
      : nginx === undefined || nginx.targets.length === 0
        ? 'there are already a primary and a backup; give this service its own configuration'
        : 'nginx passes no requests to it in the files that were read; give it its own configuration'
  return { place, what: `[program:${name}]`, kind: 'left', because }
}

type Said = Pick<
  Proposal,
  'model' | 'primary' | 'backup' | 'workers' | 'gateway' | 'staticFolder' | 'settings'
>

/**
 * The address of something that no line sets: the default, or, if something else is there, the next free port. An
 * nginx whose own address is not taken over stays in front, and then nobody else should reach the gateway.
 */
function freeBinds(
  said: Said,
  hasNginx: boolean,
): {
  readonly binds: Pick<Proposal, 'primary' | 'backup' | 'gateway'>
  readonly unsaid: readonly Unsaid[]
} {
  const binds = { primary: said.primary, backup: said.backup, gateway: said.gateway }
  const unsaid: Unsaid[] = []
  for (const name of ['primary', 'backup', 'gateway'] as const) {
    if (said[name] !== undefined) continue
    const taken = (['primary', 'backup', 'gateway'] as const).flatMap((other) =>
      other === name ? [] : [binds[other]?.value ?? defaultBinds[other]],
    )
    const [, usual = '', port] = /^(.*):(\d+)$/.exec(defaultBinds[name]) ?? []
    const host = name === 'gateway' && hasNginx ? '127.0.0.1' : usual
    const candidates = Array.from({ length: taken.length + 1 }, (_, more) => `${host}:${Number(port) + more}`)
    const value = candidates.find((one) => !taken.some((other) => collide(one, other))) ?? defaultBinds[name]
    if (value !== defaultBinds[name]) binds[name] = { value, places: [] }
    unsaid.push({ what: `${name}.bind`, then: `${value}${unsaidBind[name]}` })
  }
  return { binds, unsaid }
}

const unsaidBind = {
  primary: '; gunicorn’s -b says where a service listens',
  backup: '; the -b of a second gunicorn says where it listens',
  gateway: '; if nothing is in front of the gateway, callers must be able to reach this address',
} as const

function unsaidOf(
  { model, workers, settings }: Said,
  nginx: NginxSetup | undefined,
  supervisor: SupervisorSetup | undefined,
): readonly Unsaid[] {
  return [
    ...(model === undefined
      ? [{ what: 'models', then: 'none; add the file that the application loads' }]
      : []),
    ...(workers === undefined && supervisor !== undefined
      ? [
          {
            what: 'workers',
            then: '1; gunicorn takes the number from -w, its configuration file or WEB_CONCURRENCY',
          },
        ]
      : []),
    ...(settings.has('bodyLimitBytes') || nginx === undefined
      ? []
      : [
          {
            what: 'bodyLimitBytes',
            then: '524288; nginx without client_max_body_size accepts bodies of up to 1048576 bytes',
          },
        ]),
  ]
}
