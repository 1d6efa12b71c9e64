import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { runCli } from '../cli.ts'

/** Ports of 127.0.0.1: where nginx listens, and where it finds the instances. */
export type SitePorts = { readonly listen: number; readonly primary: number; readonly backup: number }

const docsPage = new URL('../../docs/nginx.md', import.meta.url)

/** Writes what `changeover generate nginx` makes of a running stack's configuration, with another port for nginx itself, into a folder. */
export async function writeGeneratedSite(
  config: { readonly gateway: object },
  listen: number,
  folder: string,
): Promise<string> {
  // The stack's own gateway has its port already.
  const gateway = { ...config.gateway, bind: `127.0.0.1:${listen}` }
  const configPath = join(folder, 'changeover.yaml')
  writeFileSync(configPath, JSON.stringify({ ...config, gateway }))
  const { code, stderr } = await runCli(['generate', 'nginx', '--config', configPath, '--output', folder])
  if (code !== 0) throw new Error(`changeover generate nginx exited with ${code}:\n${stderr}`)
  return join(folder, 'changeover.conf')
}

/** Writes the block that the docs' page has for a file written by hand, with other ports, into a folder. */
export function writeByHandSite(
  { listen, primary, backup }: SitePorts,
  folder: string,
): { readonly path: string; readonly answerTimeoutMs: number } {
  const block = /```nginx\n([^`]+)```/.exec(readFileSync(docsPage, 'utf8'))?.[1] ?? ''
  const seconds = /proxy_read_timeout (\d+)s;/.exec(block)?.[1]
  if (seconds === undefined)
    throw new Error('docs/nginx.md has no block with a proxy_read_timeout in seconds')
  const text = block
    .replace('127.0.0.1:5001', `127.0.0.1:${primary}`)
    .replaceAll('127.0.0.1:5002', `127.0.0.1:${backup}`)
    .replace('listen 8086', `listen 127.0.0.1:${listen}`)
  const path = join(folder, 'by-hand.conf')
  writeFileSync(path, text)
  return { path, answerTimeoutMs: Number(seconds) * 1_000 }
}
