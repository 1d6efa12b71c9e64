import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

import type { Command } from 'commander'

import type { Client, Versions } from '../client/index.ts'
import { ClientError, createClient } from '../client/index.ts'
import { loadConfig } from '../config/index.ts'
import { ChangeoverError, formatModelVersion, parseProblem, toMessage } from '../contracts/index.ts'
import { createNodeFetch } from './input/node-fetch.ts'
import type { ConfigOption } from './options/config-option.ts'
import { openControl, withConfig } from './options/config-option.ts'
import { wholeNumber } from './options/whole-number.ts'
import { printLine } from './output/output.ts'

type Options = ConfigOption & { readonly data?: string; readonly times: number }

const timeoutMs = 30_000

export function addCall(program: Command): void {
  withConfig(program.command('call <path-or-url> [file]'))
    .description('send a request, print the seconds that it took and the answer')
    .option('-d, --data <json>', 'the body, in place of a file; without either, GET')
    .option(
      '-n, --times <count>',
      'send it this many times, one after the other',
      wholeNumber('-n', { min: 1 }),
      1,
    )
    .addHelpText(
      'after',
      `
A path is requested from the gateway of the configuration. The file - is standard input. A redirect is not followed.

Examples:
  changeover call /v1/is_name_question/ request.json
  changeover call http://127.0.0.1:5001/v1/is_name_question/ -d '{"text": [["您贵姓", 5]]}'
  changeover call unix:/run/names.sock:/v1/is_name_question/ request.json
  changeover call /`,
    )
    .action(async (target: string, file: string | undefined, options: Options) => {
      const to = target.startsWith('/') ? await gatewayTarget(target, options) : readTarget(target)
      const body = options.data ?? (file === undefined ? undefined : readBody(file))
      const client = createClient(to.base, { timeoutMs, retries: 0, fetch: createNodeFetch(to.socketPath) })
      for (let i = 0; i < options.times; i++) await callOnce(client, to, body)
    })
}

async function callOnce({ send }: Client, target: Target, body: string | undefined): Promise<void> {
  const begunMs = performance.now()
  const report = (versions: Versions): void => {
    printLine(`${((performance.now() - begunMs) / 1_000).toFixed(6)} s`)
    const named = Object.entries(versions).map(([model, version]) => formatModelVersion({ model, version }))
    if (named.length > 0) printLine(named.join(', '))
  }
  try {
    const result = await send(body === undefined ? 'GET' : 'POST', target.path, { body })
    report(result.versions)
    printLine(result.body)
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    if (error.status !== undefined) report(error.versions)
    throw toRefusal(target, error)
  }
}

function toRefusal({ base, path, socketPath }: Target, error: ClientError): ChangeoverError {
  const { status, location, body, cause } = error
  const url = base + path
  if (status === undefined) {
    const why = error.code === 'timed_out' ? `no answer within ${timeoutMs / 1_000} s` : toMessage(cause)
    return new ChangeoverError(
      'not_running',
      `${socketPath ?? url} does not answer (${why}); is \`changeover up\` running?`,
      { cause: error },
    )
  }
  if (location !== undefined)
    return new ChangeoverError('bad_usage', `${url} answered ${status}: call ${location} instead`)
  const { code, message } = parseProblem(toText(body))
  return new ChangeoverError(code, `${url} answered ${status}: ${message}`)
}

/** The body of an error, which the client has parsed. */
function toText(body: unknown): string {
  if (body === undefined) return ''
  if (body instanceof Uint8Array) return Buffer.from(body).toString()
  return typeof body === 'string' ? body : JSON.stringify(body)
}

/** What is called: a path of a server, or of one on a Unix socket. */
type Target = { readonly base: string; readonly path: string; readonly socketPath?: string }

function readTarget(target: string): Target {
  const onSocket = /^unix:(?<socketPath>\/[^:]+)(?::(?<path>\/.*))?$/.exec(target)?.groups
  if (onSocket?.['socketPath'] !== undefined)
    return {
      base: 'http://localhost',
      path: onSocket['path'] ?? '/',
      socketPath: onSocket['socketPath'],
    }
  const { base, path = '' } = /^(?<base>https?:\/\/[^/?#]+)(?<path>[^#]*)/.exec(target)?.groups ?? {}
  if (base !== undefined && URL.canParse(target))
    return { base, path: path.startsWith('/') ? path : `/${path}` }
  throw new ChangeoverError(
    'bad_usage',
    `“${target}” is neither a path, such as /v1/names/, nor http://host:port/path, nor unix:/run/names.sock:/path`,
  )
}

/** The supervisor reports the port that the system chose; without it the gateway still serves. */
async function gatewayTarget(path: string, options: ConfigOption): Promise<Target> {
  const address = await (await openControl(options)).status().then(
    ({ gateway }) => gateway.address,
    async (error: unknown) => {
      const { bind } = (await loadConfig(options.config)).config.gateway
      if (bind.startsWith('unix:')) return bind
      if (!/:0*[1-9]\d*$/.test(bind)) throw error
      return `http://${bind}`
    },
  )
  if (address.startsWith('unix:')) return readTarget(`${address}:${path}`)
  return readTarget(address.replace(/\/\/(0\.0\.0\.0)?:/, '//127.0.0.1:') + path)
}

function readBody(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    const why = toMessage(error)
    throw new ChangeoverError('bad_body', `the body cannot be read from ${file}: ${why}`, { cause: error })
  }
}
