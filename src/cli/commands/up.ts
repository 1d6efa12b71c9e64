import type { Command } from 'commander'

import { ChangeoverError } from '../../contracts/index.ts'
import { openGivenModels } from '../input/given/given-models.ts'
import type { Start } from '../options/gunicorn-options.ts'
import { startWithGunicornFlags } from '../options/gunicorn-options.ts'
import { withTokenizer } from '../options/tokenizer-option.ts'
import type { LoadRoutes } from './generate.ts'

export function addUp(program: Command, up: Start, loadRoutes: LoadRoutes): void {
  const command = withTokenizer(
    program.command('up [files...]'),
    'how the text of the files was cut in training',
  )
    .description('start the whole stack: supervisor, gateway, primary and backup')
    .option('--model <name>', 'the model, if the name of the file does not say it')
    .addHelpText(
      'after',
      `
It runs until SIGTERM or \`changeover down\`, and answers what is in flight before it stops; Ctrl-C stops it at once.
Model files, or folders of them, are served without a configuration: over the Open Inference Protocol, :predict and
:explain, and on the page at /. Run the other commands in the same folder; they then find the stack.
HUP is \`changeover reload\`; TTIN and TTOU add or remove one worker per instance; USR1 reopens log files.

Examples:
  changeover up name_question_1591259822.bin --tokenizer jieba
  changeover up
  changeover up --config examples/name-question/changeover.yaml`,
    )
  startWithGunicornFlags(command, {
    bindHelp: 'where the gateway listens (default: gateway.bind of the configuration)',
    bindAt: (config, binds) => ({ ...config, gateway: { ...config.gateway, bind: onlyOne(binds) } }),
    start: up,
    loadRoutes,
    openGiven: openGivenModels,
  })
}

function onlyOne(binds: readonly string[]): string {
  const [bind = '', ...others] = binds
  if (others.length === 0) return bind
  throw new ChangeoverError(
    'bad_usage',
    `the gateway listens at one address, not at ${binds.join(' and ')}; give one -b, and let a proxy listen at the others`,
  )
}
