import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { performance } from 'node:perf_hooks'
import { text as readText } from 'node:stream/consumers'

import type { Command } from 'commander'

import { loadConfig } from '../config/index.ts'
import { ChangeoverError, defined, parseProblem, toMessage } from '../contracts/index.ts'
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
      for (let i = 0; i < options.times; i++) await callOnce(to, body)
    })
}

async function callOnce(target: Target, body: string | undefined): Promise<void> {
  const begunMs = performance.now()
  const { status, version, location, text } = await send(target, body)
  printLine(`${((performance.now() - begunMs) / 1_000).toFixed(6)} s`)
  if (version !== undefined) printLine(version)
  if (location !== undefined)
    throw new ChangeoverError('bad_usage', `${target.url} answered ${status}: call ${location} instead`)
  if (status >= 300) throw refusal(target.url, status, text)
  printLine(text)
}

function refusal(url: string, status: number, answer: string): ChangeoverError {
  const { code, message } = parseProblem(answer)
  return new ChangeoverError(code, `${url} answered ${status}: ${message}`)
}

type Received = {
  readonly status: number
  readonly version: string | undefined
  /** Where a redirect leads. */
  readonly location: string | undefined
  readonly text: string
}

async function send({ url, socketPath }: Target, body: string | undefined): Promise<Received> {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' }
  const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    signal: AbortSignal.timeout(timeoutMs),
    ...defined({ socketPath }),
  })
  request.end(body)
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const version = response.headers['x-model-version']
    return {
      status: response.statusCode ?? 0,
      version: Array.isArray(version) ? version.join(', ') : version,
      location: isRedirect(response) ? response.headers.location : undefined,
      text: await readText(response),
    }
  } catch (error) {
    throw new ChangeoverError(
      'not_running',
      `${socketPath ?? url} does not answer (${toMessage(error)}); is \`changeover up\` running?`,
      { cause: error },
    )
  }
}

function isRedirect({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 300 && statusCode < 400
}

/** What is called: a URL, or the path of one on a Unix socket. */
type Target = { readonly url: string; readonly socketPath?: string }

function readTarget(target: string): Target {
  const onSocket = /^unix:(?<socketPath>\/[^:]+)(?::(?<path>\/.*))?$/.exec(target)?.groups
  if (onSocket !== undefined)
    return {
      url: `http://localhost${onSocket['path'] ?? '/'}`,
      ...defined({ socketPath: onSocket['socketPath'] }),
    }
  if (/^https?:\/\//.test(target) && URL.canParse(target)) return { url: target }
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
