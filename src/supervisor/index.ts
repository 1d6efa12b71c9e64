/** Starts, adopts and watches the processes, and carries out rollouts and reloads. */
export { InstanceProcesses } from './instance-processes.ts'
export { Launcher } from './launcher.ts'
export { activeVersions, publishInitial } from './publish-initial.ts'
export { prepareRunFolder } from './run-folder.ts'
export { Supervisor } from './supervisor.ts'
export { stopAll } from './survey.ts'
