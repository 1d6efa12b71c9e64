import { existsSync, readFileSync } from 'node:fs'
import { dirname, extname, resolve } from 'node:path'

import { createJiti } from 'jiti'
import { Compile } from 'typebox/compile'
import { Default } from 'typebox/value'
import { LineCounter, parseDocument } from 'yaml'

import { ChangeoverError, toMessage } from '../contracts/index.ts'
import { ConfigSchema, ModelConfigSchema } from './schema/index.ts'
import type { Config } from './schema/index.ts'
import { describeFault } from './describe-fault.ts'
import type { FindLine } from './describe-fault.ts'
import { findDictionaryFaults } from './find-dictionary-faults.ts'
import { findTrustFaults } from './find-trust-faults.ts'

export type LoadedConfig = { readonly path: string; readonly config: Config }

const defaultName = 'changeover.yaml'
const validator = Compile(ConfigSchema)

/**
 * Reads a configuration: a YAML file, or a TypeScript or JavaScript file that exports it by default. Defaults are filled in and
 * paths made absolute from the file's folder. Throws `config_not_found`, or `config_invalid` with the key and the line of each fault.
 */
export async function loadConfig(path: string | undefined): Promise<LoadedConfig> {
  const absolute = resolve(path ?? process.env['CHANGEOVER_CONFIG'] ?? defaultName)
  if (!existsSync(absolute))
    throw new ChangeoverError(
      'config_not_found',
      `there is no configuration ${absolute}; name one with --config, or write a ${defaultName} here`,
    )
  const { value, findLine } =
    extname(absolute) === '.yaml' || extname(absolute) === '.yml'
      ? readYaml(absolute)
      : await readModule(absolute)
  const filled = withDefaults(value)
  if (!validator.Check(filled)) {
    const faults = validator.Errors(filled).filter(({ keyword }) => keyword !== 'boolean')
    throw configInvalid(
      absolute,
      faults.map((fault) => describeFault(fault, findLine)),
    )
  }
  const config = withAbsolutePaths(filled, dirname(absolute))
  const faults = [...findDictionaryFaults(config), ...findTrustFaults(config)]
  if (faults.length === 0) return { path: absolute, config }
  throw configInvalid(
    absolute,
    faults.map(({ keys, message }) => ({ line: findLine(keys), message: `${keys.join('.')} ${message}` })),
  )
}

function configInvalid(
  path: string,
  faults: readonly { readonly line: number; readonly message: string }[],
): ChangeoverError {
  const lines = faults
    .toSorted((a, b) => a.line - b.line)
    .map(({ line, message }) => `${path}:${line}: ${message}`)
  return new ChangeoverError('config_invalid', lines.join('\n'))
}

/** Fills in what is left out. The library does not look into records, so each model is filled in by itself. */
function withDefaults(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || !('models' in value)) return Default(ConfigSchema, value)
  const { models } = value
  if (models === null || typeof models !== 'object') return Default(ConfigSchema, value)
  return {
    ...(Default(ConfigSchema, { ...value, models: {} }) as object),
    models: Object.fromEntries(
      Object.entries(models).map(([name, model]) => [name, Default(ModelConfigSchema, model)]),
    ),
  }
}

type Source = { readonly value: unknown; readonly findLine: FindLine }

function readYaml(path: string): Source {
  const lines = new LineCounter()
  const document = parseDocument(readFileSync(path, 'utf8'), { lineCounter: lines })
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

async function readModule(path: string): Promise<Source> {
  const text = readFileSync(path, 'utf8')
  try {
    const value: unknown = await createJiti(import.meta.url).import(path, { default: true })
    return { value, findLine: (keys) => moduleLine(text, keys) }
  } catch (error) {
    throw new ChangeoverError('config_invalid', `${path} could not be run: ${toMessage(error)}`, {
      cause: error,
    })
  }
}

/** A program has no positions of its values: the first line that writes the key, or that of the list for an item. */
function moduleLine(text: string, keys: readonly string[]): number {
  const key = keys.findLast((name) => !/^\d+$/.test(name)) ?? ''
  const index = text.split('\n').findIndex((line) => new RegExp(`\\b${key}\\b['"]?\\s*:`).test(line))
  return index + 1 || 1
}

function withAbsolutePaths(config: Config, folder: string): Config {
  const absolute = (path: string): string => resolve(folder, path)
  const models = Object.entries(config.models).map(([name, model]) => [
    name,
    {
      ...model,
      ...(model.initial === undefined ? {} : { initial: absolute(model.initial) }),
      ...(model.userDictionaries === undefined
        ? {}
        : { userDictionaries: model.userDictionaries.map(absolute) }),
      ...(model.gates.golden === undefined
        ? {}
        : {
            gates: {
              ...model.gates,
              golden: { ...model.gates.golden, file: absolute(model.gates.golden.file) },
            },
          }),
    },
  ])
  return {
    ...config,
    service: absolute(config.service),
    data: absolute(config.data),
    ...(config.run === undefined ? {} : { run: absolute(config.run) }),
    models: Object.fromEntries(models) as Config['models'],
    trustedKeys: config.trustedKeys.map(absolute),
    ...(config.watch === undefined
      ? {}
      : { watch: { ...config.watch, folder: absolute(config.watch.folder) } }),
    gateway:
      config.gateway.static === undefined
        ? config.gateway
        : { ...config.gateway, static: absolute(config.gateway.static) },
  }
}
