/** Reads the configuration file and says where things are. */
export { loadConfig } from './load-config.ts'
export type { LoadedConfig } from './load-config.ts'
export { controlSocketOf, dataPaths } from './paths.ts'
export type { DataPaths } from './paths.ts'
