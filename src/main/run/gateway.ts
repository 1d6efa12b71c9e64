import { controlSocketOf } from '../../config/index.ts'
import type { GatewayStart } from '../../contracts/index.ts'
import { createControlClient } from '../../control-api/index.ts'
import { Gateway } from '../../gateway/index.ts'
import { runChild } from '../../process/index.ts'
import { createLog, openLogs } from '../log/log.ts'
import { openProcessTracer, withTracer } from './tracer.ts'

runChild(async (message, { sockets, ...context }) => {
  const start = message as GatewayStart
  process.title = 'changeover gateway'
  const log = createLog('gateway')
  const tracer = await openProcessTracer(start.tracing, start.name, log)
  const gateway = new Gateway({
    ...start,
    ...context,
    ...openLogs(start.logFiles, start.logSettings),
    log,
    tracer,
    control: start.modelControl === true ? createControlClient(controlSocketOf(start.runFolder)) : undefined,
    listeningSockets: sockets.get('gateway') ?? [],
    grpcSockets: sockets.get('grpc') ?? [],
  })
  return withTracer(gateway, tracer)
})
