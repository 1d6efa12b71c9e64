/** Versions and pointers on disk, and what loads them. */
export { currentUser } from './fs/current-user.ts'
export type { Files } from './fs/files.ts'
export { nodeFiles } from './fs/files.ts'
export { limitMemory } from './fs/limit-memory.ts'
export { canShareMemory } from './fs/map-file.ts'
export { measureUnfinished, measureVersion } from './fs/measure-disk.ts'
export { requestThrottle, waitForCallers } from './fs/throttle.ts'
export type { GateResults } from './state/gate-results.ts'
export { readGateResults, writeGateResults } from './state/gate-results.ts'
export {
  appendHistory,
  HistoryFollower,
  isRollout,
  latestHistory,
  readHistory,
  takeLatestHistory,
} from './state/history.ts'
export { openLatestHistory } from './state/latest-history.ts'
export { activate, readPointer } from './state/pointer.ts'
export type { RolloutNote } from './state/rollout-note.ts'
export { noteRollout, readRolloutNote, removeRolloutNote } from './state/rollout-note.ts'
export type { NamedTokenizer, TokenizerChoice } from './versions/choose-tokenizer.ts'
export { findTokenizer, tokenizerUnknown } from './versions/choose-tokenizer.ts'
export { fingerprintVersion } from './versions/fingerprint-version.ts'
export { compareVersions, listModels, listVersionNames, listVersions } from './versions/list-versions.ts'
export type { LoadedModel, TextOrWords } from './versions/load-version.ts'
export { loadInSteps, loadVersion } from './versions/load-version.ts'
export type { Manifest } from './versions/manifest.ts'
export { countLabels, readManifest } from './versions/manifest.ts'
export { findModelFault, isModelFile, openModelSource } from './versions/model-file.ts'
export { openModelFile } from './versions/open-model-file.ts'
export type { OpenTokenizer } from './versions/open-tokenizer.ts'
export { createTokenizers } from './versions/open-tokenizer.ts'
export { openTokenizerWith } from './versions/own-dictionary.ts'
export { parseModelFileName } from './versions/parse-file-name.ts'
export { publish, type PublishRequest } from './versions/publish.ts'
export { prune, removeVersion } from './versions/remove-version.ts'
export type { DeployTarget } from './versions/resolve-target.ts'
export {
  chooseModel,
  fileVersion,
  resolveLoad,
  resolveRollback,
  resolveTarget,
} from './versions/resolve-target.ts'
export { readSigningKey, requireTrusted } from './versions/signature.ts'
export type { CheckedVersion } from './versions/verify-version.ts'
export { findVersionFault, requireSound, verifyVersion } from './versions/verify-version.ts'
