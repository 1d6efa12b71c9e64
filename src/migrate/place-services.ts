import type { Finding, Found } from './finding.ts'
import { addressFault, isOfThisMachine, reaches } from './nginx/addresses.ts'
import type { Target } from './nginx/read-upstream.ts'
import type { GunicornService } from './supervisord/read-supervisord.ts'

/** A service as one of the two instances; undefined if nothing is known of the process behind the address. */
export type Instance = { readonly bind: Found<string>; readonly service: GunicornService | undefined }

export type Placed = {
  readonly primary: Instance | undefined
  readonly backup: Instance | undefined
  readonly findings: readonly Finding[]
}

/**
 * The primary and the backup: in nginx's order if it passes requests to services of this machine, else in supervisord's. Each process
 * stands for one of them at most.
 */
export function placeServices(targets: readonly Target[], services: readonly GunicornService[]): Placed {
  if (targets.length === 0) {
    const [primary, backup] = services.flatMap((service) => instanceOf(service))
    return { primary, backup, findings: [] }
  }
  const findings: Finding[] = []
  const used = new Set<GunicornService>()
  const placed = targets.flatMap((target) => {
    const instance = placeTarget(target, services, used)
    if (typeof instance === 'string') {
      findings.push({ place: target.place, what: target.what, kind: 'left', because: instance })
      return []
    }
    return [{ instance, target }]
  })
  const isBackup = ({ target }: (typeof placed)[number]): boolean => target.isBackup
  const mains = placed.filter((one) => !isBackup(one))
  const [primary] = mains
  const [backup, ...others] = [...mains.slice(1), ...placed.filter(isBackup)]
  for (const { target } of others)
    findings.push({
      place: target.place,
      what: target.what,
      kind: 'left',
      because: 'there are only two instances, a primary and a backup; for more processes, increase workers',
    })
  if (backup !== undefined && !isBackup(backup))
    findings.push({
      place: backup.target.place,
      what: backup.target.what,
      kind: 'left',
      because:
        'nginx shares the load between the two; here this one becomes the backup, so increase workers to use the whole machine',
    })
  return { primary: primary?.instance, backup: backup?.instance, findings }
}

/** The instance of a target, or why it is none. */
function placeTarget(
  { address, place }: Target,
  services: readonly GunicornService[],
  used: Set<GunicornService>,
): Instance | string {
  for (const service of services) {
    const bind = service.binds.find(({ value }) => reaches(address, value))
    if (bind === undefined || used.has(service)) continue
    used.add(service)
    return { bind: { value: bind.value, places: [place, ...bind.places] }, service }
  }
  const fault = addressFault(address)
  if (!isOfThisMachine(address))
    return 'this is another machine or a container; instances listen only on this machine, so check what runs there'
  return fault ?? { bind: { value: address, places: [place] }, service: undefined }
}

function instanceOf(service: GunicornService): readonly Instance[] {
  const bind = service.binds.at(-1)
  return bind === undefined ? [] : [{ bind, service }]
}
