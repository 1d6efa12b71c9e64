import type { Drill, Fault } from './drill.ts'

/** Replaces every process of the stack but the supervisor, on the same sockets. */
const reloadOnce: Fault = async ({ stack, find }) => {
  const before = await stack.status()
  const workersBefore = await stack.workers()
  const { code, output } = await stack.command('reload')
  if (code !== 0) throw new Error(`changeover reload exited with ${code}:\n${output}`)
  await stack.untilReady()
  const pids = (await stack.workers()).map(({ pid }) => pid)
  if (workersBefore.some(({ pid }) => pids.includes(pid))) find('a worker was not replaced by the reload')
  const { gateway } = await stack.status()
  if (gateway.status?.pid === before.gateway.status?.pid) find('the gateway was not replaced by the reload')
}

export const reload: Drill = {
  name: 'reload',
  what: '`changeover reload`',
  times: { full: 10, short: 2 },
  fault: reloadOnce,
  needsBoth: false,
}
