import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

import type { Config } from '../../config/schema/index.ts'
import type { StackStatus } from '../../contracts/index.ts'

/** The next steps after the start of a stack, as commands to paste. */
export function suggestNext(configPath: string, config: Config, status: StackStatus): string {
  const folder = dirname(configPath)
  const here = (path: string): string => relative(process.cwd(), path)
  const withConfig = `--config ${here(configPath)}`
  const page = status.gateway.address.replace('//0.0.0.0:', '//127.0.0.1:')
  const route = status.instances[0]?.workers[0]?.routes.find(
    ({ method, isBuiltIn }) => method === 'POST' && isBuiltIn !== true,
  )
  const body = existsSync(join(folder, 'request.json')) ? here(join(folder, 'request.json')) : 'BODY.json'
  const newer = newerFile(config, status)
  const lines = [
    ['see what is served', `${seePage(page)}, or npx changeover status ${withConfig}`],
    ...(route === undefined
      ? []
      : [['send a request', `npx changeover call ${route.path} ${body} ${withConfig}`]]),
    [
      'replace the model',
      `npx changeover deploy ${newer === undefined ? 'FILE.bin' : here(newer)} ${withConfig}`,
    ],
    ['go back', `npx changeover rollback ${withConfig}`],
    ['stop', `Ctrl-C here, or npx changeover down ${withConfig}`],
  ]
  return `\nTry next, in another terminal:\n${lines.map(([what = '', how = '']) => `  ${what.padEnd(20)}${how}\n`).join('')}\n`
}

/** A browser cannot open a Unix socket. */
function seePage(address: string): string {
  return address.startsWith('unix:')
    ? `curl --unix-socket ${address.slice('unix:'.length)} http://localhost/`
    : `${address}/ in a browser`
}

/** A model file beside an initial one that sorts after all that serve. */
function newerFile({ models }: Config, status: StackStatus): string | undefined {
  for (const [model, { initial }] of Object.entries(models)) {
    const active = status.models.find((pointer) => pointer.model === model)?.active
    if (initial === undefined || active === undefined) continue
    const newest = readdirSync(dirname(initial))
      .filter(
        (name) => name.startsWith(`${model}_`) && name.endsWith('.bin') && name > `${model}_${active}.bin`,
      )
      .sort()
      .at(-1)
    if (newest !== undefined) return join(dirname(initial), newest)
  }
  return undefined
}
