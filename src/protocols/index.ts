/** The protocols that clients of other servers speak: the Open Inference Protocol, TensorFlow Serving's REST, `:explain`. */
import type { ProtocolRoute } from './protocol.ts'
import { v1Routes } from './v1/v1.ts'
import { openInferenceRoutes } from './v2/v2.ts'

export type { AskedModel, ProtocolAnswer, ProtocolRequest, ProtocolRoute, Served, Work } from './protocol.ts'
export { jsonHeaders } from './protocol.ts'

/** The routes of all protocols; `version` is the program's. */
export function protocolRoutes(version: string): readonly ProtocolRoute[] {
  return [...openInferenceRoutes(version), ...v1Routes]
}
