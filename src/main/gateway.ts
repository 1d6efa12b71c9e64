import type { GatewayStart } from '../contracts/index.ts'
import { Gateway } from '../gateway/index.ts'
import { runChild } from './run-child.ts'

runChild((start, listeningSocket) => {
  process.title = 'changeover gateway'
  return new Gateway({ ...(start as GatewayStart), listeningSocket })
})
