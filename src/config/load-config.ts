import { existsSync } from 'node:fs'
import { dirname, extname, resolve } from 'node:path'

import { Compile } from '#typebox/compile'
import { Default } from '#typebox/value'

import { ChangeoverError } from '../contracts/index.ts'
import { defaultConfigPath } from './default-path.ts'
import { describeFault } from './describe-fault.ts'
import { findControlFaults } from './find-control-faults.ts'
import { findGatewayFaults } from './find-gateway-faults.ts'
import { findGrpcFaults } from './find-grpc-faults.ts'
import { findMetricsFaults } from './find-metrics-faults.ts'
import { findTokenizerFaults } from './find-tokenizer-faults.ts'
import { findTrustFaults } from './find-trust-faults.ts'
import type { Source } from './read-source.ts'
import { readModule, readYaml } from './read-source.ts'
import type { Config } from './schema/index.ts'
import { ConfigSchema, ModelConfigSchema } from './schema/index.ts'
import { withAbsolutePaths } from './with-absolute-paths.ts'

export type LoadedConfig = { readonly path: string; readonly config: Config }

const validator = Compile(ConfigSchema)

/**
 * Reads a configuration: a YAML file, or a TypeScript or JavaScript file that exports it by default. Defaults are filled in and
 * paths made absolute from the file's folder. Throws `bad_usage` for one of gunicorn, `config_not_found`, or `config_invalid` with the key and the line of each fault.
 */
export async function loadConfig(path: string | undefined): Promise<LoadedConfig> {
  const absolute = path === undefined ? defaultConfigPath() : resolve(path)
  if (extname(absolute) === '.py' || path?.startsWith('python:') === true)
    throw new ChangeoverError(
      'bad_usage',
      `${path ?? absolute} is a configuration of gunicorn, in Python; run \`changeover adopt\` to translate it, or specify Changeover’s own with --config FILE.yaml`,
    )
  if (!existsSync(absolute))
    throw new ChangeoverError(
      'config_not_found',
      `there is no configuration ${absolute}; specify one with --config, write a changeover.yaml here, ` +
        'or serve model files without one: `changeover up FILE.bin --tokenizer jieba`',
    )
  const isYaml = extname(absolute) === '.yaml' || extname(absolute) === '.yml'
  return checkConfig(absolute, isYaml ? readYaml(absolute) : await readModule(absolute))
}

/** What a file at an absolute path would be loaded as if it held a value. Throws `config_invalid`. */
export function checkConfig(absolute: string, { value, findLine }: Source): LoadedConfig {
  const filled = withDefaults(value)
  if (!validator.Check(filled)) {
    const faults = validator.Errors(filled).filter(({ keyword }) => keyword !== 'boolean')
    throw configInvalid(
      absolute,
      faults.map((fault) => describeFault(fault, findLine)),
    )
  }
  const config = withAbsolutePaths(ConfigSchema, filled, dirname(absolute)) as Config
  const faults = [
    ...findTokenizerFaults(config),
    ...findGatewayFaults(config),
    ...findControlFaults(config),
    ...findGrpcFaults(config),
    ...findMetricsFaults(config),
    ...findTrustFaults(config),
  ]
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

/** Fills in what is left out. The library does not look into records, so each model is filled in separately. */
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
