import type { WorkerStart } from '../contracts/index.ts'
import { Worker } from '../instance/index.ts'
import { loadService } from './load-service.ts'
import { log } from './log.ts'
import { runChild } from './run-child.ts'

runChild(async (message, listeningSocket) => {
  const start = message as WorkerStart
  const name = `${start.instance} ${start.workerIndex}`
  process.title = `changeover ${name}`
  const service = await loadService(start.servicePath)
  return new Worker({
    ...start,
    service,
    listeningSocket,
    log: (level, message) => log(level, `${name}: ${message}`),
  })
})
