import { hostileClients as kinds } from '../hostile-clients/hostile-clients.ts'
import type { Drill, Fault } from './drill.ts'

/** Runs hostile clients of every kind at once, and checks what each of them gets. */
const behaveBadly: Fault = async ({ stack, requests, random, find }) => {
  const request = random.pick(requests)
  const faults = kinds.map(async ({ what, behave }) => {
    const fault = await behave(stack.address, request)
    if (fault !== undefined) find(`${what}: ${fault}`)
  })
  await Promise.all(faults)
}

export const hostileClients: Drill = {
  name: 'hostile-clients',
  what: 'clients of every bad kind at once',
  times: { full: 20, short: 2 },
  fault: behaveBadly,
  needsBoth: false,
  isOfGateway: true,
}
