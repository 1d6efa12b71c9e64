/** Reads the configuration file and gives the paths of files and sockets. */
export type { ComposedConfig } from './compose-config.ts'
export { composeConfig } from './compose-config.ts'
export { defaultConfigPath, findOwnConfig, writtenConfigPath } from './default-path.ts'
export type { LoadedConfig } from './load-config.ts'
export { loadConfig } from './load-config.ts'
export type { DataPaths } from './paths.ts'
export { controlSocketOf, dataPaths } from './paths.ts'
