import { controlSocketOf } from '../../config/index.ts'
import type { GatewayStart } from '../../contracts/index.ts'
import { createControlClient } from '../../control-api/index.ts'
import { Gateway } from '../../gateway/index.ts'
import { runChild } from '../../process/index.ts'
import { createLog, openLogs } from '../log/log.ts'

runChild((message, { sockets, ...context }) => {
  const start = message as GatewayStart
  process.title = 'changeover gateway'
  return new Gateway({
    ...start,
    ...context,
    ...openLogs(start.logFiles, start.logSettings),
    log: createLog('gateway'),
    control: start.modelControl === true ? createControlClient(controlSocketOf(start.runFolder)) : undefined,
    listeningSockets: sockets.get('gateway') ?? [],
    grpcSockets: sockets.get('grpc') ?? [],
  })
})
