import type { InstanceName } from '../../contracts/index.ts'

/** What is done to an instance; `bake` watches it on live traffic, `restore` takes it back to the old version, `discard` drops the candidate. */
export type InstanceAction =
  'pause' | 'load' | 'warm' | 'selfTest' | 'activate' | 'resume' | 'bake' | 'restore' | 'discard'

export type Step =
  { readonly action: InstanceAction; readonly instance: InstanceName } | { readonly action: 'commit' }

const replaceVersion = ['pause', 'load', 'warm', 'selfTest', 'activate', 'resume'] as const

const stepsAt = (instance: InstanceName, actions: readonly InstanceAction[]): Step[] =>
  actions.map((action) => ({ action, instance }))

/** The backup keeps the old version until the primary has passed the bake; the pointer moves last. */
export const forwardPlan: readonly Step[] = [
  ...stepsAt('primary', [...replaceVersion, 'bake']),
  ...stepsAt('backup', replaceVersion),
  { action: 'commit' },
]

/** How to undo the first `reached` steps of the forward plan: each instance that they touched is restored, the last touched first. */
export function undoPlan(reached: number): readonly Step[] {
  const begun = new Set(forwardPlan.slice(0, reached).map(describeStep))
  const hasBegun = (action: InstanceAction, instance: InstanceName): boolean =>
    begun.has(describeStep({ action, instance }))

  return (['backup', 'primary'] as const).flatMap((instance) => {
    if (hasBegun('resume', instance)) return stepsAt(instance, ['pause', 'restore', 'resume'])
    if (hasBegun('activate', instance)) return stepsAt(instance, ['restore', 'resume'])
    if (hasBegun('load', instance)) return stepsAt(instance, ['discard', 'resume'])
    if (hasBegun('pause', instance)) return stepsAt(instance, ['resume'])
    return []
  })
}

/** `pause primary`: a step as people read it. */
export function describeStep(step: Step): string {
  return step.action === 'commit' ? 'commit' : `${step.action} ${step.instance}`
}
