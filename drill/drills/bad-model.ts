import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { DrillModel } from '../../harness/models/choose-models.ts'
import type { Damage } from '../../harness/models/damage.ts'
import { damages } from '../../harness/models/damage.ts'
import type { CommandResult } from '../stacks/our-stack.ts'
import type { Drill, Fault, Scene } from './drill.ts'

/** No real file is named after a time so long ago; each turn of a drill has its own. */
const firstBadVersion = 200_000_000

/** The codes with which `deploy` refuses a file, or the version that it was published as. */
const refusals = ['(model_file_invalid)', '(gate_failed)', '(rollout_failed)']

/** Deploys a bad file, which must be refused with a reason and leave the stack as it was. */
const refuseOnce: Fault = async (scene, { index, times }) => {
  const kinds = usableDamages(scene.model)
  // Evenly spread where there are fewer turns than kinds.
  const damage = kinds[Math.floor((index * kinds.length) / times) % kinds.length]
  if (damage === undefined) return
  const { code, output } = await deployDamaged(scene, damage, index)
  if (code !== 0 && !refusals.some((refusal) => output.includes(refusal)))
    scene.find(`${damage.what}: not refused as a bad model, but:\n${output}`)
  const version = await scene.stack.untilServing()
  if (version !== scene.model.files[0].version) scene.find(`${damage.what}: ${version} serves`)
}

export const badModel: Drill = {
  name: 'bad-model',
  what: 'deploys of damaged or failing models',
  times: { full: damages.length, short: 5 },
  fault: refuseOnce,
  needsBoth: false,
}

/** Deploys the second version's file with a damage; it is a breach where that does not fail. */
export async function deployDamaged(
  { stack, model, folder, find }: Pick<Scene, 'stack' | 'model' | 'folder' | 'find'>,
  { what, apply }: Damage,
  index: number,
): Promise<CommandResult> {
  const file = join(folder, `${model.model}_${firstBadVersion + index}.bin`)
  writeFileSync(file, apply(readFileSync(model.files[1].file)))
  const result = await stack.command('deploy', file)
  if (result.code === 0) find(`${what}: deployed, not refused`)
  return result
}

/** Those that can be found out: without self-tests nobody knows what a whole model should say. */
export function usableDamages({ hasSelfTest }: DrillModel): readonly Damage[] {
  return damages.filter(({ needsSelfTest }) => needsSelfTest !== true || hasSelfTest)
}
