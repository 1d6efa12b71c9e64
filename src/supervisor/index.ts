/** Starts, adopts and watches the processes, and carries out rollouts and reloads. */
export { LoneInstance } from './lone-instance.ts'
export { passGates } from './pass-gates.ts'
export { publishInitial } from './publish-initial.ts'
export { publishTarget } from './publish-target.ts'
export { runLosable } from './run-losable.ts'
export { Supervisor } from './supervisor.ts'
export { stopAll } from './survey.ts'
