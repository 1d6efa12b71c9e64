/** Reads the configuration file and gives the paths of files and sockets. */
export type { LoadedConfig } from './load-config.ts'
export { loadConfig } from './load-config.ts'
export type { DataPaths } from './paths.ts'
export { controlSocketOf, dataPaths } from './paths.ts'
