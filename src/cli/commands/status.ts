import type { Command } from 'commander'

import type { InstanceStatus, StackStatus } from '../../contracts/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import type { ControlOption } from '../options/control-option.ts'
import { openStack, withControl } from '../options/control-option.ts'
import { colors, formatTable, formatTime, print, printLine } from '../output/output.ts'
import { watchAsJson, watchStack } from '../watch/watch-stack.ts'

type Options = ControlOption & { readonly model?: string; readonly watch?: true; readonly json?: true }

/** Of more models than this, the ones that changed last are shown. */
const maxRows = 20
/** Versions that an instance serves, in its row. */
const maxServed = 3

export function addStatus(program: Command): void {
  withControl(program.command('status'))
    .description('show what runs and which version serves')
    .option('-m, --model <name>', 'only this model')
    .option(
      '-w, --watch',
      'go on showing it, with rates, latency, labels and the steps of a deploy; q ends it',
    )
    .option('--json', 'print one JSON object; with --watch one for each event')
    .addHelpText(
      'after',
      `
Of more than ${maxRows} models, the ${maxRows} that changed last are shown; --json prints all.
With --watch into a file or a pipe, a line is printed for each change.

Examples:
  changeover status
  changeover status --model name_question
  changeover status --watch
  changeover status --json | jq .models
  changeover status --control https://models.example:8087 --token-file ~/.changeover-token`,
    )
    .action(async (options: Options) => {
      const control = await openStack(options)
      if (options.watch) {
        await (options.json ? watchAsJson(control) : watchStack(control, options.model))
        return
      }
      const status = ofModel(await control.status(), options.model)
      if (options.json) printLine(JSON.stringify(status))
      else show(status)
    })
}

/** The status with what concerns one model. Throws `model_unknown` if there is nothing of it. */
function ofModel(status: StackStatus, model: string | undefined): StackStatus {
  if (model === undefined) return status
  const isThat = (one: { readonly model: string }): boolean => one.model === model
  const reduced: StackStatus = {
    ...status,
    models: status.models.filter(isThat),
    damaged: status.damaged.filter(isThat),
    ...(status.unloaded && { unloaded: status.unloaded.filter((name) => name === model) }),
    instances: status.instances.map((instance) => ({
      ...instance,
      workers: instance.workers.map(
        (worker) => worker && { ...worker, served: worker.served.filter(isThat) },
      ),
    })),
  }
  if (reduced.models.length > 0) return reduced
  throw new ChangeoverError(
    'model_unknown',
    `no version of ${model} is active; \`changeover models\` lists what the store has`,
  )
}

function show(status: StackStatus): void {
  const { gateway } = status
  printLine(`supervisor ${status.pid}, since ${formatTime(status.startedAtMs)}, ${status.configPath}`)
  for (const { why, model, servedInstead } of status.damaged.slice(0, maxRows)) {
    const instead = servedInstead === null ? `no version of ${model}` : `${model}@${servedInstead}`
    printLine(colors.red(`a process that starts now serves ${instead}: ${why}`))
  }
  for (const model of status.unloaded?.slice(0, maxRows) ?? [])
    printLine(
      colors.red(
        `a client unloaded ${model}, so no version of it is served; \`changeover deploy\` or a load serves it again`,
      ),
    )
  if (status.rollout !== null) printLine(`rolling out ${status.rollout}`)
  print(
    formatTable([
      ['', 'address', 'state', 'process', 'serves', 'answered', 'failed', 'restarts'],
      [
        'gateway',
        gateway.grpcAddress == null ? gateway.address : `${gateway.address}, gRPC ${gateway.grpcAddress}`,
        gateway.status === null ? colors.red('down') : colors.green('up'),
        String(gateway.status?.pid ?? '-'),
        '',
        '',
        '',
        String(gateway.restarts),
      ],
      ...status.instances.map((instance) => instanceRow(instance, status)),
    ]),
  )
  showModels(status.models)
}

function showModels(models: StackStatus['models']): void {
  const shown =
    models.length <= maxRows
      ? models
      : [...models].sort((one, other) => other.sinceMs - one.sinceMs).slice(0, maxRows)
  print(
    formatTable([
      ['model', 'active', 'since', 'previous'],
      ...shown.map(({ model, active, sinceMs, previous }) => [
        model,
        active,
        formatTime(sinceMs),
        previous ?? '-',
      ]),
    ]),
  )
  if (shown.length < models.length)
    printLine(
      `… and ${models.length - shown.length} more, which have not changed since: \`changeover status --model NAME\` shows one, --json all`,
    )
}

function instanceRow(
  { name, address, workers, restarts }: InstanceStatus,
  { gateway }: StackStatus,
): string[] {
  const traffic = gateway.status?.instances[name]
  const up = workers.filter((worker) => worker !== null)
  const state =
    up.length === 0
      ? colors.red('down')
      : traffic?.paused === true
        ? colors.yellow('paused')
        : colors.green('up')
  const serves = new Set(
    up.flatMap(({ served }) => served.map(({ model, version }) => `${model}@${version}`)),
  )
  return [
    name,
    address,
    up.length < workers.length && up.length > 0 ? `${state} (${up.length} of ${workers.length})` : state,
    up.map(({ pid }) => pid).join(' '),
    serves.size <= maxServed
      ? [...serves].join(' ')
      : `${[...serves].slice(0, maxServed).join(' ')} and ${serves.size - maxServed} more`,
    String(traffic?.answered ?? '-'),
    String(traffic?.failed ?? '-'),
    String(restarts),
  ]
}
