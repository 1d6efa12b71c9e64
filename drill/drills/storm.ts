import { emptyPlan } from '../../harness/load/index.ts'
import { createRandom } from '../../harness/random.ts'
import { deployDamaged, usableDamages } from './bad-model.ts'
import type { Drill, Fault } from './drill.ts'
import { addLoad } from './drill.ts'
import { hang } from './hang.ts'
import { hostileClients } from './hostile-clients.ts'
import { kill } from './kill.ts'
import { reload } from './reload.ts'
import { supervisor } from './supervisor.ts'
import { nextVersion } from './swap.ts'

/** A rollout that may fail since something else happens at the same time. In the end one version serves, and nobody asks which. */
const tryToSwap: Fault = async (scene) => {
  const { stack, versions, timeline } = scene
  const next = nextVersion(scene)
  timeline.begin(next.name, performance.now())
  await stack.deploy(next).catch(() => undefined)
  const serving = await stack.untilServing()
  const name = versions.find(({ version }) => version === serving)?.name
  if (name === undefined) throw new Error(`${serving} serves, which is not a version of this drill`)
  timeline.end(name, performance.now())
}

const tryBadModel: Fault = async (scene, { index }) => {
  await deployDamaged(scene, scene.random.pick(usableDamages(scene.model)), index)
}

/** As many clients as there may be, for a moment. */
const crowdIn: Fault = async (scene) => {
  const { overloads } = scene
  const fromMs = performance.now()
  const span = { fromMs, toMs: Infinity }
  overloads.push(span)
  await addLoad(scene, { ...emptyPlan, keepAlive: { clients: 200, everyMs: 0 } }, 1_000)
  overloads[overloads.indexOf(span)] = { fromMs, toMs: performance.now() }
}

/** What may come at any time, and what only while processes are not being replaced by order. */
const anyTime: readonly Fault[] = [hostileClients.fault, crowdIn]
const rollouts: readonly Fault[] = [tryToSwap, tryToSwap, tryBadModel]

/** What happens to processes, one thing at a time, since one instance must live; and what may come in the middle of it. */
const blows: readonly { readonly blow: Fault; readonly company: readonly Fault[] }[] = [
  { blow: kill.fault, company: [...anyTime, ...rollouts] },
  { blow: hang.fault, company: [...anyTime, ...rollouts] },
  { blow: supervisor.fault, company: [...anyTime, ...rollouts] },
  { blow: reload.fault, company: anyTime },
]

const stormOnce: Fault = async (scene, turn) => {
  const { random } = scene
  const { blow, company } = random.pick(blows)
  const faults = [blow, random.pick(company)]
  // Each has numbers of its own: which of the two draws first is not the seed's to say.
  const begun = faults.map((fault) => fault({ ...scene, random: createRandom(random.below(2 ** 31)) }, turn))
  const ended = await Promise.allSettled(begun)
  for (const result of ended) if (result.status === 'rejected') throw result.reason
}

export const storm: Drill = {
  name: 'storm',
  what: 'one of all faults to a process, and at the same time one of all others',
  times: { full: 40, short: 5 },
  fault: stormOnce,
  needsBoth: true,
  isOfGateway: true,
}
