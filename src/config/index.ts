/** Reads the configuration file and says where things are. */
export type { LoadedConfig } from './load-config.ts'
export { loadConfig } from './load-config.ts'
export type { DataPaths } from './paths.ts'
export { controlSocketOf, dataPaths } from './paths.ts'
