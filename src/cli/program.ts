import { Command } from 'commander'

import { addCall } from './call.ts'
import { addAdopt } from './commands/adopt.ts'
import { addDeploy } from './commands/deploy.ts'
import { addDev } from './commands/dev.ts'
import type { StopLeftBehind } from './commands/down.ts'
import { addDown } from './commands/down.ts'
import type { LoadRoutes } from './commands/generate.ts'
import { addGenerate } from './commands/generate.ts'
import { addHistory } from './commands/history.ts'
import { addLogLevel } from './commands/log-level.ts'
import { addInspect } from './commands/models/inspect.ts'
import { addModels } from './commands/models/models.ts'
import { addPublish } from './commands/models/publish.ts'
import { addVerify } from './commands/models/verify.ts'
import { addNew } from './commands/new.ts'
import { addOpenApi, type LoadDocument } from './commands/openapi.ts'
import { addReload } from './commands/reload.ts'
import { addRollback } from './commands/rollback.ts'
import { addServe } from './commands/serve.ts'
import { addStatus } from './commands/status.ts'
import { addCompare } from './commands/texts/compare.ts'
import { addExplain } from './commands/texts/explain.ts'
import { addPredict } from './commands/texts/predict.ts'
import { addTest } from './commands/texts/test.ts'
import { addTokenize } from './commands/texts/tokenize.ts'
import { addUp } from './commands/up.ts'
import type { Start } from './options/gunicorn-options.ts'

/** The dependencies of commands that start or stop processes, or run the user's code. */
export type Processes = {
  readonly up: Start
  readonly dev: Start
  readonly serve: Start
  readonly stopLeftBehind: StopLeftBehind
  readonly loadRoutes: LoadRoutes
  readonly loadDocument: LoadDocument
}

/** The command `changeover` with all its subcommands. */
export function createProgram(
  version: string,
  { up, dev, serve, stopLeftBehind, loadRoutes, loadDocument }: Processes,
): Command {
  const program = new Command('changeover')
    .description('Serves text classifiers whose models are replaced while they serve.')
    .version(version)
    .showHelpAfterError('(add --help for what it takes, with examples)')
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 1 refused or failed, 2 wrong usage or configuration, 3 no stack is running.

Examples:
  changeover up --config examples/name-question/changeover.yaml
  changeover deploy models/name_question_1591259822.bin
  changeover rollback`,
    )
  addNew(program)
  addUp(program, up, loadRoutes)
  addDev(program, dev)
  addServe(program, serve, loadRoutes)
  addPublish(program)
  addDeploy(program)
  addRollback(program)
  addReload(program)
  addLogLevel(program)
  addStatus(program)
  addModels(program)
  addHistory(program)
  addVerify(program)
  addCall(program)
  addInspect(program)
  addPredict(program)
  addTest(program)
  addCompare(program)
  addExplain(program)
  addTokenize(program)
  addAdopt(program)
  addOpenApi(program, loadDocument)
  addGenerate(program, loadRoutes)
  addDown(program, stopLeftBehind)
  return program
}
