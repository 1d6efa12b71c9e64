import type { GatewayStart } from '../../contracts/index.ts'
import { Gateway } from '../../gateway/index.ts'
import { runChild } from '../../process/index.ts'
import { openLogs } from '../log/log.ts'

runChild((message, { sockets, ...context }) => {
  const start = message as GatewayStart
  process.title = 'changeover gateway'
  return new Gateway({
    ...start,
    ...context,
    ...openLogs(start.logFiles),
    listeningSockets: sockets.get('gateway') ?? [],
    grpcSockets: sockets.get('grpc') ?? [],
  })
})
