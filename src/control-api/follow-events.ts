import type { ServerResponse } from 'node:http'

import type { ControlCaller } from './route.ts'

/** A client that reads events as they happen. */
export type EventReader = {
  readonly send: (line: string) => void
  /** Whether it has not taken much of what was sent. */
  readonly isBehind: () => boolean
  /** Ends the answer when it has taken what was sent. */
  readonly end: () => void
  /** Ends the connection at once. */
  readonly drop: () => void
}

/** So much of what was sent may wait in this process for one client. */
const maxWaitingBytes = 256 * 1024

/** Answers with lines until the client leaves. Rejects before the first one if it is not to be answered. */
export async function followEvents(
  response: ServerResponse,
  { right }: Pick<ControlCaller, 'right'>,
  follow: (reader: EventReader) => Promise<() => void>,
): Promise<void> {
  const leave = await follow({
    send: (line) => {
      if (!response.headersSent)
        // A proxy that collects an answer before it sends it would keep these for ever.
        response.writeHead(200, {
          'content-type': 'application/x-ndjson',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no',
          // So that a page need not offer what would be refused.
          'changeover-right': right,
        })
      response.write(line)
    },
    isBehind: () => response.writableLength > maxWaitingBytes,
    end: () => response.end(),
    drop: () => response.destroy(),
  })
  // It may have left meanwhile.
  if (response.destroyed) leave()
  else response.once('close', leave)
}
