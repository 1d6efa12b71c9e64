import { parentPort, workerData } from 'node:worker_threads'

import { findModelFault } from '../store/index.ts'

// In a thread of its own, since a file on a network may block its reader.
parentPort?.postMessage(findModelFault(workerData as string))
