import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Config } from '../../src/contracts/index.ts'
import { startNginx, writeMainConfig } from '../../test/support/nginx.ts'
import { writeByHandSite, writeGeneratedSite } from '../../test/support/nginx-sites.ts'
import type { SitePorts } from '../../test/support/nginx-sites.ts'

/** What clients can reach a stack through: its own gateway, or Debian's nginx in front of the ports of its instances. */
export const fronts = ['gateway', 'generated-nginx', 'by-hand-nginx'] as const
export type Front = (typeof fronts)[number]

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
  if (front === 'gateway')
    return { port: ports.gateway, answerTimeoutMs: undefined, close: () => Promise.resolve() }
  const own = join(folder, 'nginx')
  mkdirSync(own)
  const { path, answerTimeoutMs } = await writeSite(front, config, ports, own)
  const nginx = await startNginx(writeMainConfig(own, path, workerConnections), ports.listen)
  return { port: ports.listen, answerTimeoutMs, close: nginx.stop }
}

type FrontPorts = SitePorts & { readonly gateway: number }

type Site = { readonly path: string; readonly answerTimeoutMs: number }

async function writeSite(
  front: Exclude<Front, 'gateway'>,
  config: Config,
  ports: SitePorts,
  folder: string,
): Promise<Site> {
  switch (front) {
    case 'generated-nginx': {
      // The stack's own gateway has its port already.
      const gateway = { ...config.gateway, bind: `127.0.0.1:${ports.listen}` }
      const configPath = join(folder, 'changeover.yaml')
      writeFileSync(configPath, JSON.stringify({ ...config, gateway }))
      const path = await writeGeneratedSite(configPath, folder)
      return { path, answerTimeoutMs: gateway.answerTimeoutMs }
    }
    case 'by-hand-nginx':
      return writeByHandSite(ports, folder)
  }
}
