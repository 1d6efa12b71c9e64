import { readFileSync } from 'node:fs'

import type { Command } from 'commander'

import { ChangeoverError, toMessage } from '../../contracts/index.ts'
import type { ControlClient } from '../../control-api/index.ts'
import { createRemoteControl } from '../../control-api/index.ts'
import { readOwnToken } from '../../credentials/index.ts'
import type { ConfigOption } from './config-option.ts'
import { openControl, withConfig } from './config-option.ts'

export type ControlOption = ConfigOption & {
  readonly control?: string
  readonly tokenFile?: string
  readonly cacert?: string
  readonly cert?: string
  readonly key?: string
}

/** Adds the options of a command that asks a stack, on this machine or another one. */
export function withControl(command: Command): Command {
  return withConfig(command)
    .option(
      '--control <url>',
      'the stack of another machine: https://host:port of its control.bind, in place of --config',
    )
    .option('--token-file <file>', 'with --control: the file with your token, of mode 600')
    .option('--cacert <file>', 'with --control: the authority of its certificate, in PEM')
    .option('--cert <file>', 'with --control: your certificate in PEM, if it wants one')
    .option('--key <file>', 'with --control: the key of your certificate, in PEM')
}

/** Whether a command asks the stack of another machine. */
export function isRemote({ control }: ControlOption): boolean {
  return control !== undefined
}

/** The control client that the options name. Throws `bad_usage` if they cannot be used, and as `openControl`. */
export async function openStack(options: ControlOption): Promise<ControlClient> {
  const { control, tokenFile, cacert, cert, key } = options
  if (control === undefined) {
    const [name] =
      Object.entries({ 'token-file': tokenFile, cacert, cert, key }).find(([, value]) => value) ?? []
    if (name !== undefined)
      throw new ChangeoverError('bad_usage', `--${name} goes with --control, which is missing`)
    return openControl(options)
  }
  if (tokenFile === undefined)
    throw new ChangeoverError('bad_usage', '--control needs --token-file, the file with your token')
  if ((cert === undefined) !== (key === undefined))
    throw new ChangeoverError('bad_usage', '--cert and --key go together; give both')
  return createRemoteControl({
    url: readUrl(control),
    token: readOwnToken(tokenFile),
    ca: readPem('--cacert', cacert),
    cert: readPem('--cert', cert),
    key: readPem('--key', key),
  })
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.username !== '')
    throw new ChangeoverError('bad_usage', `--control “${text}” is not https://host:port`)
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw new ChangeoverError(
      'bad_usage',
      `--control “${text}” would send your token unencrypted over the network; use https:// (control.tls), or forward its port to this machine with \`ssh -L\` and name http://127.0.0.1:port`,
    )
  return url
}

/** Whether a host of a URL, as `URL` writes it, is this machine for certain. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

function readPem(option: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new ChangeoverError('bad_usage', `${option} cannot be read: ${toMessage(error)}`, { cause: error })
  }
}
