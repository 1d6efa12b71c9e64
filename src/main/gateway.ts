import type { GatewayStart } from '../contracts/index.ts'
import { Gateway } from '../gateway/index.ts'
import { runChild } from './run-child.ts'

runChild((start, listeningSocket) => new Gateway({ ...(start as GatewayStart), listeningSocket }))
