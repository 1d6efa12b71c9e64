import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterEach, expect, test } from 'vitest'

import { startLoad } from '../support/load.ts'
import { startStack } from '../support/stack.ts'
import type { Stack } from '../support/stack.ts'
import { until } from '../support/until.ts'

const serviceSaying = (word: string): string => `
import { defineService, Type } from 'changeover'
export default defineService((routes) => {
  routes.post('/word', { body: Type.Unknown() }, () => '${word}')
  routes.get('/never', () => new Promise(() => undefined))
})`

let stack: Stack
afterEach(() => stack.stop())

const readyWorkers = async (): Promise<(number | undefined)[]> => {
  const { gateway } = await stack.status()
  return Object.values(gateway.status?.instances ?? {}).map((instance) => instance.readyWorkers)
}
const serves = (workers: number): Promise<void> =>
  until(`${workers} workers an instance serve`, async () => {
    const { rollout } = await stack.status()
    return rollout === null && (await readyWorkers()).join() === `${workers},${workers}`
  })

test('HUP takes up new code, TTIN and TTOU have a worker more and a worker fewer, and no request is lost', async () => {
  stack = await startStack({ service: serviceSaying('first') })
  const load = startLoad(`${stack.gateway}/word`, 4, () => '1')
  writeFileSync(join(stack.folder, 'service.ts'), serviceSaying('second'))
  stack.supervisor.kill('SIGHUP')
  await until('the new code answers', () => load.outcomes.at(-1)?.answer === 'second')
  await serves(1)
  stack.supervisor.kill('SIGTTIN')
  await serves(2)
  stack.supervisor.kill('SIGTTOU')
  await serves(1)
  const outcomes = await load.stop()
  expect(outcomes.filter(({ answer }) => !['first', 'second'].includes(answer))).toEqual([])
})

test.each(['SIGINT', 'SIGQUIT'] as const)(
  '%s ends the stack at once, whatever is under way, and leaves no process behind',
  async (signal) => {
    stack = await startStack({ service: serviceSaying('word') })
    const never = fetch(`${stack.gateway}/never`).catch(() => undefined)
    await until(
      'the request is under way',
      async () => (await stack.status()).gateway.status?.instances.primary.inFlight === 1,
    )
    const { gateway, instances } = await stack.status()
    const pids = [gateway.status?.pid, ...instances.flatMap(({ workers }) => workers.map((one) => one?.pid))]
    const begunMs = performance.now()
    stack.supervisor.kill(signal)
    await until('the supervisor has ended', () => stack.supervisor.exitCode !== null)
    expect(performance.now() - begunMs).toBeLessThan(4_000)
    expect(await never).toBeUndefined()
    for (const pid of pids) expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH')
  },
)
