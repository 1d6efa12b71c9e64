import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

import { quote } from 'shlex'

import { defaultConfigPath } from '../../config/index.ts'
import type { Config } from '../../config/schema/index.ts'
import type { StackStatus } from '../../contracts/index.ts'

/** Asked of a model for which the configuration has no example. */
const anyText = '你好'

/** The next steps after the start of a stack, as commands to paste. */
export function suggestNext(configPath: string, config: Config, status: StackStatus): string {
  const folder = dirname(configPath)
  const here = (path: string): string => quote(relative(process.cwd(), path))
  const withConfig = configPath === defaultConfigPath() ? '' : ` --config ${here(configPath)}`
  const route = status.instances[0]?.workers[0]?.routes.find(
    ({ method, isBuiltIn }) => method === 'POST' && isBuiltIn !== true,
  )
  const request = join(folder, 'request.json')
  const body = existsSync(request) ? here(request) : 'BODY.json'
  const newer = newerFile(config, status)
  const lines = [
    ['see what is served', `${seePage(status.gateway.address)}, or npx changeover status${withConfig}`],
    ...(route === undefined
      ? sendText(config, status)
      : [['send a request', `npx changeover call ${route.path} ${body}${withConfig}`]]),
    [
      'replace the model',
      `npx changeover deploy ${newer === undefined ? 'FILE.bin' : here(newer)}${withConfig}`,
    ],
    ['go back', `npx changeover rollback${withConfig}`],
    ['stop', `Ctrl-C here, or npx changeover down${withConfig}`],
  ]
  return `\nTry next, in another terminal:\n${lines.map(([what = '', how = '']) => `  ${what.padEnd(20)}${how}\n`).join('')}\n`
}

/** A browser cannot open a Unix socket. */
function seePage(address: string): string {
  return address.startsWith('unix:') ? curl(address, '/') : `${reachable(address)}/ in a browser`
}

/** A request that needs no route of a service. */
function sendText({ models }: Config, { gateway, models: served }: StackStatus): string[][] {
  const [first] = served
  if (first === undefined) return []
  const text = models[first.model]?.selfTest[0]?.text ?? anyText
  const body = quote(JSON.stringify({ instances: [text] }))
  return [['send a text', `${curl(gateway.address, `/v1/models/${first.model}:predict`)} -d ${body}`]]
}

/** A command line of sh. */
function curl(address: string, path: string): string {
  return address.startsWith('unix:')
    ? `curl --unix-socket ${quote(address.slice('unix:'.length))} http://localhost${path}`
    : `curl ${quote(reachable(address) + path)}`
}

/** The address at which this machine reaches a port of all its addresses. */
function reachable(address: string): string {
  return address.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
}

/** A model file beside an initial one that sorts after all that serve. */
function newerFile({ models }: Config, status: StackStatus): string | undefined {
  for (const [model, { initial }] of Object.entries(models)) {
    const active = status.models.find((pointer) => pointer.model === model)?.active
    // A version that serves does not need the file that it came from.
    if (initial === undefined || active === undefined || !existsSync(dirname(initial))) continue
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
