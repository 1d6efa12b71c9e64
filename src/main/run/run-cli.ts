import type { Command } from 'commander'
import { CommanderError } from 'commander'

import { createProgram, exitCodeOf } from '../../cli/index.ts'
import { ChangeoverError, showControlsByLine } from '../../contracts/index.ts'
import { PredictionError } from '../../engine/fasttext/index.ts'
import { version } from './version.ts'

/** How long an nginx that was left behind may take to answer what is in flight. */
const stopNginxWithinMs = 10_000

// Most commands need none of the code of the stack's processes.
const program = createProgram(version, {
  up: async (options) => (await import('./up.ts')).up(options),
  dev: async (options) => (await import('./dev.ts')).dev(options),
  serve: async (options) => (await import('./serve.ts')).serve(options),
  stopLeftBehind: async (runFolder) => {
    const [{ stopAll }, { stopNginx }] = await Promise.all([
      import('../../supervisor/index.ts'),
      import('../../gateway/index.ts'),
    ])
    const stopped = await stopAll(runFolder)
    return stopped + Number(await stopNginx(runFolder, stopNginxWithinMs))
  },
  loadDocument: async (servicePath, models) =>
    (await import('./service/check-service.ts')).loadDocument(servicePath, models),
  loadRoutes: async (servicePath) => (await import('./service/check-service.ts')).checkService(servicePath),
})

// A reader such as head that closes the pipe early is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

try {
  for (const command of withSubcommands(program)) command.exitOverride()
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError))
    process.stderr.write(`changeover: ${showControlsByLine(describe(error))}\n`)
  process.exitCode = exitCodeOf(error)
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}

/** Our own errors are written for people; for any other the stack trace matters too. */
function describe(error: unknown): string {
  if (error instanceof ChangeoverError || error instanceof PredictionError)
    return `${error.message} (${error.code})`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
