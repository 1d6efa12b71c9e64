import { EventEmitter, once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'

import { expect, test } from 'vitest'

import { clientOf } from './control-client.ts'

test('who follows the events is told of the bytes of a line that is not whole yet', async () => {
  const answer = Object.assign(new PassThrough(), { statusCode: 200 })
  const { events } = clientOf(() => Promise.resolve(answer as unknown as IncomingMessage))
  const told = new EventEmitter()
  const line = events(undefined, () => told.emit('bytes'))
    [Symbol.asyncIterator]()
    .next()
  for (const piece of ['{"type":', '"closed",']) {
    const isTold = once(told, 'bytes')
    answer.write(piece)
    await isTold
  }
  answer.end('"atMs":0,"upMs":0}\n')
  expect((await line).value).toEqual({ type: 'closed', atMs: 0, upMs: 0 })
})
