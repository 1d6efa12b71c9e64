import { parentPort, workerData } from 'node:worker_threads'

import { findModelFault } from '../store/index.ts'

// A thread of its own, as a file on a network may let its reader wait.
parentPort?.postMessage(findModelFault(workerData as string))
