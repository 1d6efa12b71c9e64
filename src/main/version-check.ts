import { parentPort, workerData } from 'node:worker_threads'

import type { CheckedVersion } from '../store/index.ts'
import { findVersionFault } from '../store/index.ts'

// In a thread of its own: hashing a large version takes long, and the process has other work.
parentPort?.postMessage(findVersionFault(workerData as CheckedVersion))
