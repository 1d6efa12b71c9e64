import type { GatekeeperStart, ModelVersion } from '../../contracts/index.ts'
import { canShareMemory, readManifest } from '../../store/index.ts'
import type { MemoryForecast, MemoryLeft } from '../judge/index.ts'
import { forecastMemory } from '../judge/index.ts'

/** Whether a version fits into memory beside what the processes have loaded already. */
export function forecastRollout(
  { storePath, target, loaded, loadingProcesses }: GatekeeperStart,
  limits: readonly MemoryLeft[],
): MemoryForecast {
  return forecastMemory(
    {
      compiledBytes: compiledSize(storePath, target),
      copies: canShareMemory ? 1 : loadingProcesses,
      mappedBytes: canShareMemory
        ? loaded.reduce((sum, version) => sum + compiledSize(storePath, version), 0)
        : 0,
    },
    limits,
  )
}

/** 0 for a version that is damaged: it is not loaded, and the gate `whole` says why. */
function compiledSize(storePath: string, version: ModelVersion): number {
  try {
    return readManifest(storePath, version).compiled.sizeBytes
  } catch {
    return 0
  }
}
