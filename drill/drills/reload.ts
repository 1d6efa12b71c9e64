import { isAlive, untilFound } from '../../harness/processes.ts'
import type { OurStack } from '../stacks/our-stack.ts'
import type { Drill, Fault, Scene } from './drill.ts'

/** Replaces every process of the stack but the supervisor, on the same sockets: by the command, and the next time by the signal. */
const reloadOnce: Fault = async (scene, { index }) => {
  const { stack, find } = scene
  const before = await processesOf(stack)
  await (index % 2 === 0 ? reloadByCommand(scene) : reloadBySignal(scene, before))
  await stack.untilReady()
  const after = await processesOf(stack)
  if (before.workers.some((pid) => after.workers.includes(pid)))
    find('a worker was not replaced by the reload')
  if (after.gateway === before.gateway) find('the gateway was not replaced by the reload')
}

export const reload: Drill = {
  name: 'reload',
  what: '`changeover reload`, and SIGHUP in turn',
  times: { full: 10, short: 2 },
  fault: reloadOnce,
  needsBoth: false,
}

type Processes = { readonly workers: readonly number[]; readonly gateway: number | undefined }

async function processesOf({ status, workers }: OurStack): Promise<Processes> {
  const pids = (await workers()).map(({ pid }) => pid)
  return { workers: pids, gateway: (await status()).gateway.status?.pid }
}

async function reloadByCommand({ stack }: Scene): Promise<void> {
  const { code, output } = await stack.command('reload')
  if (code !== 0) throw new Error(`changeover reload exited with ${code}:\n${output}`)
}

/** The signal does not report its outcome: the reload is over when the old processes have exited. */
async function reloadBySignal({ stack, signal }: Scene, { workers, gateway }: Processes): Promise<void> {
  process.kill((await stack.status()).pid, 'SIGHUP')
  const old = gateway === undefined ? workers : [...workers, gateway]
  await untilFound(
    'the end of the processes from before the SIGHUP',
    () => (old.some(isAlive) ? undefined : true),
    signal,
  )
}
