import type { WorkerStart } from '../../contracts/index.ts'
import { runChild } from '../../process/index.ts'
import { Worker } from '../../worker/index.ts'
import { createLog, openLogs } from '../log/log.ts'
import { builtInRoutes } from './service/built-in-routes.ts'
import { loadService } from './service/load-service.ts'
import { openProcessTracer, withTracer } from './tracer.ts'

runChild(async (message, { sockets, ...context }) => {
  const start = message as WorkerStart
  const { instance, workerIndex } = start
  process.title = `changeover ${instance} ${workerIndex}`
  const logs = openLogs(start.logFiles, start.logSettings)
  const service = await loadService(start.servicePath, start.runFolder)
  const log = createLog(`${instance} ${workerIndex}`)
  const tracer = await openProcessTracer(start.tracing, start.name, log)
  const worker = new Worker({
    ...start,
    ...context,
    ...logs,
    service,
    checkAnswers: process.env['CHANGEOVER_CHECK_ANSWERS'] === '1',
    protocols: builtInRoutes(service),
    listeningSockets: sockets.get(instance) ?? [],
    log,
    tracer,
  })
  return withTracer(worker, tracer)
})
