import { expect, test } from 'vitest'

import { HttpError, reply } from './reply.ts'

test('names and values are listed, a list of values as several headers', () => {
  expect(reply(201, 'x', { 'Content-Type': 'text/html', 'Set-Cookie': ['a=1', 'b=2'] })).toMatchObject({
    status: 201,
    headers: ['content-type', 'text/html', 'set-cookie', 'a=1', 'set-cookie', 'b=2'],
  })
})

test.each([
  [() => reply(99), /99 is not a status/],
  [() => reply(101), /101/],
  [() => reply(200.5), /200\.5/],
  [() => reply(204, 'x'), /204 has no body/],
  [() => reply(200, '', { 'a b': 'x' }), /"a b" is not the name/],
  [() => reply(200, '', { 'x-a': 'one\r\nset-cookie: stolen' }), /x-a cannot have the value/],
  [() => reply(200, '', { 'x-a': '您' }), /encode it/],
  [() => reply(200, '', { 'Content-Length': '5' }), /cannot set the header content-length/],
  [() => reply(200, '', { 'Transfer-Encoding': 'chunked' }), /transfer-encoding/],
  [() => new HttpError(200, 'fine'), /200 is the status of no error/],
])('%s is refused', (make, message) => {
  expect(make).toThrow(message)
})

test('an error is problem details with its message', () => {
  expect(JSON.parse(new HttpError(404, 'there is no such conversation').toProblem())).toEqual({
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    detail: 'there is no such conversation',
  })
})
