import { CommanderError } from 'commander'

import type { ErrorCode } from '../../contracts/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import { PredictionError } from '../../engine/fasttext/index.ts'

const usageCodes: readonly ErrorCode[] = [
  'bad_usage',
  'host_file_invalid',
  'bind_failed',
  'config_not_found',
  'config_invalid',
  'service_invalid',
  'log_unwritable',
  'tracing_unavailable',
  'model_name_unclear',
  'version_unclear',
  'tokenizer_unknown',
]

/** The exit code that goes with an error; the table is in docs/cli.md. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof PredictionError) return error.status < 500 ? 2 : 1
  if (!(error instanceof ChangeoverError)) return 1
  if (error.code === 'not_running') return 3
  return usageCodes.includes(error.code) ? 2 : 1
}
