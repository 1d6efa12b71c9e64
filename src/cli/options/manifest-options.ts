import type { Command } from 'commander'

import { ChangeoverError, defined } from '../../contracts/index.ts'

export type ManifestOptions = {
  readonly note?: string
  readonly meta?: Readonly<Record<string, string>>
  readonly sign?: string
}

/** Adds the options of the commands that publish a file: what they write into the manifest, and the key that signs it. */
export function withManifestOptions(command: Command): Command {
  return command
    .option('--note <text>', 'a remark for the manifest')
    .option('--meta <key=value>', 'a fact for the manifest; may be repeated', addMeta)
    .option('--sign <key>', 'sign the version with this private Ed25519 key, a PEM file')
}

/** Those of the options that go into the manifest as they are. */
export function manifestNotes({ note, meta }: ManifestOptions): Pick<ManifestOptions, 'note' | 'meta'> {
  return { ...defined({ note, meta }) }
}

function addMeta(text: string, before: ManifestOptions['meta']): ManifestOptions['meta'] {
  const at = text.indexOf('=')
  if (at < 1)
    throw new ChangeoverError('bad_usage', `--meta takes key=value, such as commit=4f2a, not “${text}”`)
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}
