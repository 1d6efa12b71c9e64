import { readFileSync } from 'node:fs'

import { LineCounter, parseDocument } from 'yaml'

import { ChangeoverError, toMessage } from '../contracts/index.ts'
import type { FindLine } from './describe-fault.ts'

/** A configuration as it was written, and the line of each of its keys. */
export type Source = { readonly value: unknown; readonly findLine: FindLine }

/** Reads a YAML file. Throws `config_invalid` if it is not YAML. */
export function readYaml(path: string): Source {
  return parseYaml(readFileSync(path, 'utf8'), path)
}

/** Reads the text of a YAML file. Throws `config_invalid` if it is not YAML. */
export function parseYaml(text: string, path: string): Source {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [first] = document.errors
  if (first !== undefined)
    throw new ChangeoverError('config_invalid', `${path}:${first.linePos?.[0].line ?? 1}: ${first.message}`)
  return {
    value: document.toJS() as unknown,
    findLine: (keys) => {
      for (let length = keys.length; length > 0; length--) {
        const line = yamlLine(document, lines, keys.slice(0, length))
        if (line !== undefined) return line
      }
      return 1
    },
  }
}

/** The line of a key, or of a list's item, in a YAML document. */
function yamlLine(
  document: ReturnType<typeof parseDocument>,
  lines: LineCounter,
  keys: readonly string[],
): number | undefined {
  const last = keys.at(-1)
  const parent: unknown = keys.length === 1 ? document.contents : document.getIn(keys.slice(0, -1), true)
  if (parent === null || typeof parent !== 'object' || !('items' in parent)) return undefined
  for (const [index, item] of (parent.items as readonly unknown[]).entries()) {
    const node = (item !== null && typeof item === 'object' && 'key' in item ? item.key : item) as {
      value?: unknown
      range?: readonly [number, number, number] | null
    } | null
    if ((node?.value === last || String(index) === last) && node?.range != null)
      return lines.linePos(node.range[0]).line
  }
  return undefined
}

/** Runs a TypeScript or JavaScript file and takes its default export. Throws `config_invalid` if it fails. */
export async function readModule(path: string): Promise<Source> {
  const text = readFileSync(path, 'utf8')
  try {
    const { createJiti } = await import('jiti')
    // A reload reads it again: nothing of it may be kept from the first time.
    const jiti = createJiti(import.meta.url, { moduleCache: false })
    const exported = await jiti.evalModule(text, { filename: path, async: true, forceTranspile: true })
    const { default: value = exported } = exported as { readonly default?: unknown }
    return { value, findLine: (keys) => moduleLine(text, keys) }
  } catch (error) {
    throw new ChangeoverError('config_invalid', `${path} could not be run: ${toMessage(error)}`, {
      cause: error,
    })
  }
}

/** The values of a program have no positions: the first line with the key, or with the list's key for an item. */
function moduleLine(text: string, keys: readonly string[]): number {
  const key = keys.findLast((name) => !/^\d+$/.test(name)) ?? ''
  const index = text.split('\n').findIndex((line) => new RegExp(`\\b${key}\\b['"]?\\s*:`).test(line))
  return index + 1 || 1
}
