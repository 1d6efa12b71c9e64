import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { startNginx, writeMainConfig } from '../../harness/stacks/nginx.ts'
import type { SitePorts } from '../../harness/stacks/nginx-sites.ts'
import { writeByHandSite, writeGeneratedSite } from '../../harness/stacks/nginx-sites.ts'
import type { Config } from '../../src/config/schema/index.ts'

/** What clients can reach a stack through: its own gateway, the nginx that it runs itself, or Debian's nginx in front of the ports of its instances. */
export const fronts = ['gateway', 'nginx', 'generated-nginx', 'by-hand-nginx'] as const
export type Front = (typeof fronts)[number]

/** What a stack has to run itself for this front door. */
export function gatewayKind(front: Front): Config['gateway']['kind'] {
  return front === 'nginx' ? 'nginx' : 'own'
}

/** A front door that is open. */
export type FrontDoor = {
  readonly port: number
  /** How long it waits for an instance that hangs; undefined where it sees that sooner. */
  readonly answerTimeoutMs: number | undefined
  readonly close: () => Promise<void>
}

/** Twice the requests that wait at once, at most, while an instance hangs: each has two connections. */
const workerConnections = 2_048

/** Opens the front door of a stack that runs with this configuration; the ports are those that it has, and one that is free. */
export async function openFrontDoor(
  front: Front,
  { config, ports, folder }: { readonly config: Config; readonly ports: FrontPorts; readonly folder: string },
): Promise<FrontDoor> {
  const byItself = { port: ports.gateway, close: () => Promise.resolve() }
  switch (front) {
    case 'gateway':
      return { ...byItself, answerTimeoutMs: undefined }
    case 'nginx':
      return { ...byItself, answerTimeoutMs: config.gateway.answerTimeoutMs }
    case 'generated-nginx':
    case 'by-hand-nginx': {
      const own = join(folder, 'nginx')
      mkdirSync(own)
      const { path, answerTimeoutMs } = await writeSite(front, config, ports, own)
      const nginx = await startNginx(writeMainConfig(own, path, workerConnections), ports.listen)
      return { port: ports.listen, answerTimeoutMs, close: nginx.stop }
    }
  }
}

type FrontPorts = SitePorts & { readonly gateway: number }

type Site = { readonly path: string; readonly answerTimeoutMs: number }

async function writeSite(
  front: 'generated-nginx' | 'by-hand-nginx',
  config: Config,
  ports: SitePorts,
  folder: string,
): Promise<Site> {
  switch (front) {
    case 'generated-nginx': {
      const path = await writeGeneratedSite(config, ports.listen, folder)
      return { path, answerTimeoutMs: config.gateway.answerTimeoutMs }
    }
    case 'by-hand-nginx':
      return writeByHandSite(ports, folder)
  }
}
