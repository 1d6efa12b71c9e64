/** The folder where training drops its files: which files are taken, and when. */
export type { FolderWatchOptions } from './folder-watch.ts'
export { FolderWatch } from './folder-watch.ts'
export type { FoundFile } from './scan.ts'
export { TriedVersions } from './tried-versions.ts'
