import type { Answered } from '../../http/index.ts'
import { joinHeaders } from '../../http/index.ts'
import { httpStatus } from '../status.ts'
import type { CallStatus, OpenCall } from './open-call.ts'

/** A call that is over, for the access log: with the status that HTTP has for its own. */
export function describeAnswered(call: OpenCall, { code }: CallStatus): Answered {
  const { headers, id, caller } = call.origin
  return {
    head: {
      method: 'POST',
      url: call.path,
      headers: joinHeaders(headers),
      isOldVersion: false,
      isHttp2: true,
    },
    id,
    caller,
    status: httpStatus(code),
    bodyBytes: call.answeredBytes,
    durationMs: performance.now() - call.beganMs,
  }
}
