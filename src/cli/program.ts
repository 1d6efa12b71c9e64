import { Command } from 'commander'

import { addCall } from './call.ts'
import { addCompare } from './compare.ts'
import { addDeploy } from './deploy.ts'
import { addDown } from './down.ts'
import type { StopLeftBehind } from './down.ts'
import { addInspect } from './inspect.ts'
import { addModels } from './models.ts'
import { addPredict } from './predict.ts'
import { addPublish } from './publish.ts'
import { addRollback } from './rollback.ts'
import { addServe } from './serve.ts'
import type { Serve } from './serve.ts'
import { addStatus } from './status.ts'
import { addTest } from './test.ts'
import { addTokenize } from './tokenize.ts'
import { addUp } from './up.ts'
import type { Up } from './up.ts'

/** What the commands need that starts or ends processes. */
export type Processes = { readonly up: Up; readonly serve: Serve; readonly stopLeftBehind: StopLeftBehind }

/** The command `changeover` with all that it can do. */
export function createProgram(version: string, { up, serve, stopLeftBehind }: Processes): Command {
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
  addUp(program, up)
  addServe(program, serve)
  addPublish(program)
  addDeploy(program)
  addRollback(program)
  addStatus(program)
  addModels(program)
  addCall(program)
  addInspect(program)
  addPredict(program)
  addTest(program)
  addCompare(program)
  addTokenize(program)
  addDown(program, stopLeftBehind)
  return program
}
