/** Starts, adopts and watches the processes, and carries out rollouts and reloads. */
export { passGates } from './deployments/pass-gates.ts'
export { publishInitial } from './deployments/publish-initial.ts'
export { publishTarget } from './deployments/publish-target.ts'
export { runInSubprocess } from './deployments/run-in-subprocess.ts'
export { LoneInstance } from './lone-instance.ts'
export { discoverProcesses, stopAll } from './processes/discover-processes.ts'
export { Supervisor } from './supervisor.ts'
