import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Program } from '../../harness/processes.ts'
import { freePorts, startProgram, stopProgram, untilFound } from '../../harness/processes.ts'
import { startChangeover } from '../../harness/stacks/our-stack.ts'
import { jitiFile } from '../jiti-file.ts'

/** The addresses that are measured; all of them run at once, and only the one that is asked works. */
export type Targets = {
  readonly bare: string
  readonly gateway: string
  readonly instance: string
  readonly stop: () => Promise<void>
}

const here = dirname(fileURLToPath(import.meta.url))

/** Starts bare `node:http` and this program with the constant service. */
export async function startTargets(folder: string, signal: AbortSignal): Promise<Targets> {
  const [port = 0] = await freePorts(1)
  const bare = startProgram({
    command: process.execPath,
    args: [jitiFile, join(here, 'bare-server.ts'), String(port)],
    logFile: join(folder, 'bare.log'),
    signal,
  })
  try {
    const address = `http://127.0.0.1:${port}`
    await untilListening(address, bare, signal)
    const settings = { service: join(here, 'constant-service.ts'), models: {} }
    const { gateway, direct, stop } = await startChangeover(folder, settings, signal)
    return { bare: address, gateway, instance: direct, stop: () => stopBoth(stop, bare) }
  } catch (error) {
    await stopProgram(bare)
    throw error
  }
}

async function stopBoth(stop: () => Promise<void>, bare: Program): Promise<void> {
  await stop()
  await stopProgram(bare)
}

/** Bare `node:http` has no page to ask for: it takes JSON alone. */
async function untilListening(address: string, { child }: Program, signal: AbortSignal): Promise<void> {
  await untilFound(
    'bare node:http',
    async () => {
      if (child.exitCode !== null) throw new Error('bare node:http did not start; its log is bare.log')
      const response = await fetch(address, { method: 'POST', body: '{}', signal }).catch(() => undefined)
      return response?.ok === true ? response : undefined
    },
    signal,
  )
}
