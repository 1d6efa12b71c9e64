import { Command } from 'commander'

import { addAdopt } from './adopt.ts'
import { addCall } from './call.ts'
import { addCompare } from './compare.ts'
import { addDeploy } from './deploy.ts'
import { addDown } from './down.ts'
import type { StopLeftBehind } from './down.ts'
import { addHistory } from './history.ts'
import { addGenerate } from './generate.ts'
import type { LoadRoutes } from './generate.ts'
import type { Start } from './gunicorn-options.ts'
import { addInspect } from './inspect.ts'
import { addModels } from './models/models.ts'
import { addPredict } from './predict.ts'
import { addPublish } from './publish.ts'
import { addReload } from './reload.ts'
import { addRollback } from './rollback.ts'
import { addServe } from './serve.ts'
import { addStatus } from './status.ts'
import { addTest } from './test.ts'
import { addTokenize } from './tokenize.ts'
import { addUp } from './up.ts'
import { addVerify } from './verify.ts'

/** What the commands need that starts or ends processes, or runs the user's code. */
export type Processes = {
  readonly up: Start
  readonly serve: Start
  readonly stopLeftBehind: StopLeftBehind
  readonly loadRoutes: LoadRoutes
}

/** The command `changeover` with all that it can do. */
export function createProgram(
  version: string,
  { up, serve, stopLeftBehind, loadRoutes }: Processes,
): Command {
  const program = new Command('changeover')
    .description('Serves text classifiers whose models are replaced while they serve.')
    .version(version)
    .showHelpAfterError('(add --help for what it takes, with examples)')
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 1 refused or failed, 2 wrong usage or configuration, 3 nothing runs that could be asked.

Examples:
  changeover up --config examples/name-question/changeover.yaml
  changeover deploy models/name_question_1591259822.bin
  changeover rollback`,
    )
  addUp(program, up, loadRoutes)
  addServe(program, serve, loadRoutes)
  addPublish(program)
  addDeploy(program)
  addRollback(program)
  addReload(program)
  addStatus(program)
  addModels(program)
  addHistory(program)
  addVerify(program)
  addCall(program)
  addInspect(program)
  addPredict(program)
  addTest(program)
  addCompare(program)
  addTokenize(program)
  addAdopt(program)
  addGenerate(program, loadRoutes)
  addDown(program, stopLeftBehind)
  return program
}
