import { gunzipSync } from 'node:zlib'

import { describe, expect, it, test } from 'vitest'

import type { ProtocolAnswer, ProtocolRequest } from '../../protocols/index.ts'
import { answerDocsFile, answerDocsPage } from './docs-page.ts'

function requestOf(
  url: string,
  file?: string,
  headers: Readonly<Record<string, string>> = {},
): ProtocolRequest {
  return {
    url,
    params: { file },
    body: Buffer.alloc(0),
    header: (name) => headers[name],
    models: { served: [], model: () => expect.fail('no model is asked') },
  }
}

const fileOf = (name: string, headers: Readonly<Record<string, string>> = {}): ProtocolAnswer =>
  answerDocsFile(requestOf(`/-/docs/${name}`, name, headers))

function headerOf({ headers }: ProtocolAnswer, name: string): string | undefined {
  const at = headers.indexOf(name)
  return at < 0 ? undefined : headers[at + 1]
}

test('the page runs and loads nothing but its own files', () => {
  const answer = answerDocsPage(requestOf('/-/docs?a=b'))
  expect(headerOf(answer, 'content-security-policy')).toBe(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'",
  )
  const html = answer.body.toString()
  expect(html).not.toMatch(/<script>|<style|style=|on\\w+=/)
  for (const [, url = ''] of html.matchAll(/(?:src|href)="(?!data:)([^"]*)"/g)) {
    expect(url).toMatch(/^docs\/[\w.-]+$/)
    expect(fileOf(url.replace('docs/', '')).status).toBe(200)
  }
})

test.each(['/-/docs/', '/-/docs/?a=b'])('%s leads to the page, from which relative URLs are right', (url) => {
  const answer = answerDocsPage(requestOf(url))
  expect([answer.status, headerOf(answer, 'location')]).toEqual([308, '../docs'])
})

test('a slash at the end of its path leads to the page, one at the end of a query does not', () => {
  expect(answerDocsPage(requestOf('/-/docs/?a')).status).toBe(308)
  expect(answerDocsPage(requestOf('/-/docs?a=/')).status).toBe(200)
})

describe('a file', () => {
  it.each([
    ['gzip, deflate, br', 'gzip'],
    ['*', 'gzip'],
    ['br;q=1.0, gzip;q=0.5', 'gzip'],
    ['', undefined],
    ['identity', undefined],
    ['gzip;q=0', undefined],
    ['gzip; q=0.000, br', undefined],
    [`gzip${' '.repeat(500_000)}x`, undefined],
    [`br, GZIP ;${' '.repeat(500_000)}q=0`, undefined],
  ])('is for %j in the encoding %s', (accepted, encoding) => {
    const answer = fileOf('swagger-ui.css', { 'accept-encoding': accepted })
    expect(headerOf(answer, 'content-encoding')).toBe(encoding)
    const bytes = answer.body as Buffer
    expect((encoding === 'gzip' ? gunzipSync(bytes) : bytes).toString()).toContain('.swagger-ui')
  })

  it('is not sent again to who has it, whatever its encoding', () => {
    const accepted = { 'accept-encoding': 'gzip' }
    const tag = headerOf(fileOf('start.js', accepted), 'etag') ?? ''
    expect(tag).toMatch(/^"[\w-]{16}"$/)
    const again = fileOf('start.js', { ...accepted, 'if-none-match': `W/${tag}` })
    expect([again.status, again.body]).toEqual([304, ''])
    expect(fileOf('start.js', { 'if-none-match': tag }).status).toBe(200)
  })

  it.each(['version', '..', 'constructor', ''])('%j is none of the page', (name) => {
    expect(() => fileOf(name)).toThrow(expect.objectContaining({ code: 'route_not_found' }))
  })
})
