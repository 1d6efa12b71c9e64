import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

import type { Command } from 'commander'

import { loadConfig } from '../config/index.ts'
import { ChangeoverError, parseProblem, toMessage } from '../contracts/index.ts'
import { openControl, withConfig } from './options/config-option.ts'
import type { ConfigOption } from './options/config-option.ts'
import { printLine } from './output/output.ts'

type Options = ConfigOption & { readonly data?: string; readonly times: string }

const timeoutMs = 30_000

export function addCall(program: Command): void {
  withConfig(program.command('call <path-or-url> [file]'))
    .description('send a request, print the seconds that it took and the answer')
    .option('-d, --data <json>', 'the body, in place of a file; without either, GET')
    .option('-n, --times <count>', 'send it so many times, one after the other', '1')
    .addHelpText(
      'after',
      `
A path is asked of the gateway of the configuration. The file - is standard input.

Examples:
  changeover call /v1/is_name_question/ request.json
  changeover call http://127.0.0.1:5001/v1/is_name_question/ -d '{"text": [["您贵姓", 5]]}'
  changeover call / `,
    )
    .action(async (target: string, file: string | undefined, options: Options) => {
      const times = Number(options.times)
      if (!Number.isInteger(times) || times < 1)
        throw new ChangeoverError('bad_usage', `-n takes a number from 1 on, not “${options.times}”`)
      const url = target.startsWith('/') ? await gatewayUrl(target, options) : target
      const body = options.data ?? (file === undefined ? undefined : readBody(file))
      for (let i = 0; i < times; i++) await callOnce(url, body)
    })
}

async function callOnce(url: string, body: string | undefined): Promise<void> {
  const begunMs = performance.now()
  const response = await send(url, body)
  const answer = await response.text()
  printLine(`${((performance.now() - begunMs) / 1_000).toFixed(6)} s`)
  const version = response.headers.get('x-model-version')
  if (version !== null) printLine(version)
  if (!response.ok) throw refusal(url, response.status, answer)
  printLine(answer)
}

function refusal(url: string, status: number, answer: string): ChangeoverError {
  const { code, message } = parseProblem(answer)
  return new ChangeoverError(code, `${url} answered ${status}: ${message}`)
}

async function send(url: string, body: string | undefined): Promise<Response> {
  try {
    return await fetch(url, {
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined
        ? {}
        : { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
    })
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    throw new ChangeoverError(
      'not_running',
      `${url} does not answer (${cause}); is \`changeover up\` running?`,
      { cause: error },
    )
  }
}

/** The supervisor knows the port where the system chose it; while it is away the gateway serves all the same. */
async function gatewayUrl(path: string, options: ConfigOption): Promise<string> {
  const address = await (await openControl(options)).status().then(
    ({ gateway }) => gateway.address,
    async (error: unknown) => {
      const { bind } = (await loadConfig(options.config)).config.gateway
      if (!/:0*[1-9]\d*$/.test(bind)) throw error
      return `http://${bind}`
    },
  )
  return address.replace(/\/\/(0\.0\.0\.0)?:/, '//127.0.0.1:') + path
}

function readBody(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    const why = toMessage(error)
    throw new ChangeoverError('bad_body', `the body cannot be read from ${file}: ${why}`, { cause: error })
  }
}
