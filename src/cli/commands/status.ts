import type { Command } from 'commander'

import type { InstanceStatus, StackStatus } from '../../contracts/index.ts'
import type { ConfigOption } from '../options/config-option.ts'
import { openControl, withConfig } from '../options/config-option.ts'
import { colors, formatTable, formatTime, print, printLine } from '../output/output.ts'

type Options = ConfigOption & { readonly json?: true }

export function addStatus(program: Command): void {
  withConfig(program.command('status'))
    .description('show what runs and which version serves')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  changeover status
  changeover status --json | jq .models`,
    )
    .action(async (options: Options) => {
      const status = await (await openControl(options)).status()
      if (options.json) printLine(JSON.stringify(status))
      else show(status)
    })
}

function show(status: StackStatus): void {
  const { gateway } = status
  printLine(`supervisor ${status.pid}, since ${formatTime(status.startedAtMs)}, ${status.configPath}`)
  for (const { why, model, servedInstead } of status.damaged) {
    const instead = servedInstead === null ? `no version of ${model}` : `${model}@${servedInstead}`
    printLine(colors.red(`a process that starts now serves ${instead}: ${why}`))
  }
  for (const model of status.unloaded ?? [])
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
  print(
    formatTable([
      ['model', 'active', 'since', 'previous'],
      ...status.models.map(({ model, active, sinceMs, previous }) => [
        model,
        active,
        formatTime(sinceMs),
        previous ?? '-',
      ]),
    ]),
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
    [...serves].join(' '),
    String(traffic?.answered ?? '-'),
    String(traffic?.failed ?? '-'),
    String(restarts),
  ]
}
