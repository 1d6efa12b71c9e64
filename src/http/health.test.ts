import { expect, test } from 'vitest'

import { answerHealthCheck } from './health.ts'

test.each([
  ['GET', '/-/health'],
  ['HEAD', '/-/health'],
  ['OPTIONS', '/-/health'],
  ['GET', '/-/health?from=balancer'],
  ['GET', '/-/health/'],
  ['HEAD', '/-/health/?x'],
  ['GET', '/v2/health/ready'],
  ['GET', '/v2/health/ready/'],
])('%s %s asks for health', (method, url) => {
  expect(answerHealthCheck({ method, url }, true)?.status).toBe(200)
  expect(answerHealthCheck({ method, url }, false)?.status).toBe(503)
})

test.each([
  '/',
  '/-/healthy',
  '/-/health/a',
  '/x?/-/health',
  '/-',
  '*',
  '/v2/health',
  '/v2/health/x',
  '/v2/health/readyx',
])('GET %s does not', (url) => {
  expect(answerHealthCheck({ method: 'GET', url }, true)).toBe(undefined)
})

test('another method is told which it takes', () => {
  const answer = answerHealthCheck({ method: 'POST', url: '/-/health' }, true)
  expect([answer?.status, answer?.headers]).toEqual([
    405,
    expect.stringContaining('allow\nGET, HEAD, OPTIONS'),
  ])
})

test('a process that answers is alive, also while it is not ready', () => {
  for (const isReady of [true, false])
    expect(answerHealthCheck({ method: 'GET', url: '/v2/health/live' }, isReady)).toMatchObject({
      status: 200,
      body: '{"live":true}',
    })
})
