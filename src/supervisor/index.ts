/** Starts, adopts and watches the processes, and carries out rollouts and reloads. */
export { createActiveVersions } from './active-versions.ts'
export { InstanceProcesses } from './instance-processes.ts'
export { Launcher } from './launcher.ts'
export { publishInitial } from './publish-initial.ts'
export { publishTarget } from './publish-target.ts'
export { prepareRunFolder } from './run-folder.ts'
export { Supervisor } from './supervisor.ts'
export { stopAll } from './survey.ts'
