import type { GatewayStart } from '../contracts/index.ts'
import { Gateway } from '../gateway/index.ts'
import { runChild } from '../launch/index.ts'

runChild((start, { sockets, ...context }) => {
  process.title = 'changeover gateway'
  return new Gateway({ ...(start as GatewayStart), ...context, listeningSocket: sockets.get('gateway') })
})
