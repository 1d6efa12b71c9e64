import type { Front } from '../stacks/front-door.ts'
import { badModel } from './bad-model.ts'
import type { Drill } from './drill.ts'
import { effects } from './effects.ts'
import { hang } from './hang.ts'
import { hostileClients } from './hostile-clients.ts'
import { kill } from './kill.ts'
import { overload } from './overload.ts'
import { reload } from './reload.ts'
import { storm } from './storm.ts'
import { supervisor } from './supervisor.ts'
import { swap } from './swap.ts'

/** All drills, in the order in which `all` runs them. */
export const drills: readonly Drill[] = [
  swap,
  kill,
  hang,
  supervisor,
  reload,
  badModel,
  overload,
  hostileClients,
  storm,
  effects,
]

export type { Drill, DrillVersion, Fault, Scene } from './drill.ts'

/** Without the drills that prove what our gateway alone promises, where another front door is drilled. Throws where none is left. */
export function drillsThrough(front: Front, chosen: readonly Drill[]): readonly Drill[] {
  const possible = front === 'gateway' ? chosen : chosen.filter(({ isOfGateway }) => isOfGateway !== true)
  if (possible.length === 0)
    throw new Error(
      `${chosen.map(({ name }) => name).join(', ')} judges what our own gateway does, and ${front} is drilled; use --front gateway`,
    )
  return possible
}
