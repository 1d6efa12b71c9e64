import { parentPort, workerData } from 'node:worker_threads'

import type { CheckedVersion } from '../store/index.ts'
import { findVersionFault } from '../store/index.ts'

// A thread of its own: hashing takes as long as a version is large, and whoever started it has others to answer.
parentPort?.postMessage(findVersionFault(workerData as CheckedVersion))
