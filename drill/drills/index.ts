import { badModel } from './bad-model.ts'
import type { Drill } from './drill.ts'
import { hang } from './hang.ts'
import { kill } from './kill.ts'
import { manners } from './manners.ts'
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
  manners,
  storm,
]

export type { Drill, DrillVersion, Fault, Scene } from './drill.ts'
