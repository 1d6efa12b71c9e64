import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Command } from 'commander'

import { dataPaths, loadConfig } from '../../config/index.ts'
import { maxStackStopMs } from '../../config/schema/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import type { ConfigOption } from '../options/config-option.ts'
import { controlOf, withConfig } from '../options/config-option.ts'
import { printLine } from '../output/output.ts'

export type StopLeftBehind = (runFolder: string) => Promise<number>

const lookMs = 50

export function addDown(program: Command, stopLeftBehind: StopLeftBehind): void {
  withConfig(program.command('down'))
    .description('stop the stack, after it has answered what is in flight')
    .addHelpText('after', '\nExample:\n  changeover down')
    .action(async (options: ConfigOption) => {
      const { config } = await loadConfig(options.config)
      const { controlSocket, run } = dataPaths(config.data, config.run)
      try {
        await controlOf(config).stop()
      } catch (error) {
        const count =
          error instanceof ChangeoverError && error.code === 'not_running' ? await stopLeftBehind(run) : 0
        if (count === 0) throw error
        printLine(`no supervisor ran; ${count} processes that it had left behind were stopped`)
        return
      }
      await waitUntilGone(controlSocket, maxStackStopMs(config))
      printLine('stopped')
    })
}

async function waitUntilGone(controlSocket: string, timeoutMs: number): Promise<void> {
  const endMs = performance.now() + timeoutMs
  while (existsSync(controlSocket)) {
    if (performance.now() > endMs)
      throw new ChangeoverError(
        'timed_out',
        `the stack did not stop within ${timeoutMs / 1_000} s; its log shows what it waits for`,
      )
    await sleep(lookMs)
  }
}
