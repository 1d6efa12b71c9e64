/** Starts and watches the processes and carries out rollouts. */
export { InstanceProcesses } from './instance-processes.ts'
export { activeVersions, publishInitial } from './publish-initial.ts'
export { passGates } from './pass-gates.ts'
export { prepareRunFolder } from './run-folder.ts'
export { stopLeftBehind, Supervisor } from './supervisor.ts'
