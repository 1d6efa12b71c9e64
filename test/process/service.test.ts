import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { exampleFolder, firstModel, routePath, secondModel } from '../../harness/paths.ts'
import { missingComponents } from '../../harness/real-components.ts'
import { readTestSet } from '../support/corpus.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const missing = missingComponents('fasttext', 'python3-jieba')
const utterances = readTestSet()
const courseRequest = readFileSync(join(exampleFolder, 'request.json'), 'utf8')

/** The course's own way: Python's jieba cuts, the reference program predicts. */
function askReference(modelFile: string): boolean[] {
  const cut = execFileSync('/usr/bin/python3', [join(exampleFolder, 'training/cut.py'), '--text'], {
    input: utterances.map(({ text }) => text).join('\n') + '\n',
    encoding: 'utf8',
  })
  const labels = execFileSync('/usr/bin/fasttext', ['predict', modelFile, '-'], {
    input: cut,
    encoding: 'utf8',
  })
  return labels
    .trimEnd()
    .split('\n')
    .map((label) => label === '__label__name')
}

describe(`the course’s service${missing === false ? '' : ` (${missing})`}`, () => {
  let stack: Stack
  let ports: readonly string[]

  beforeAll(async () => {
    stack = await startStack()
    ports = [stack.primary, stack.backup, stack.gateway]
  })
  afterAll(() => stack.stop())

  const ask = async (address: string, body: string): Promise<{ text: string; response: Response }> => {
    const response = await fetch(address + routePath, { method: 'POST', body })
    return { text: await response.text(), response }
  }

  test('answers the course’s request with 5 on every port', async () => {
    for (const port of ports) {
      const { text, response } = await ask(port, courseRequest)
      expect([response.status, text]).toEqual([200, '5'])
      expect(response.headers.get('x-model-version')).toBe('name_question@1795419027')
    }
  })

  test('answers -1 where nobody asks for a name, and to an empty conversation', async () => {
    for (const port of ports) {
      expect((await ask(port, '{"text": [["你好", 1]]}')).text).toBe('-1')
      expect((await ask(port, '{"text": []}')).text).toBe('-1')
    }
  })

  test.skipIf(missing !== false)(
    'says byte for byte what the reference says, with both models, on every port',
    async () => {
      for (const [file, version] of [
        [firstModel, '1795419027'],
        [secondModel, '1795419028'],
      ] as const) {
        expect((await stack.deploy(file)).at(-1)).toMatchObject({ ok: true })
        const reference = askReference(file)
        expect(reference.length).toBe(utterances.length)
        for (const port of ports) {
          for (const [i, { text }] of utterances.entries()) {
            const answer = await ask(port, JSON.stringify({ text: [[text, i]] }))
            expect([text, answer.text]).toEqual([text, reference[i] === true ? String(i) : '-1'])
            expect(answer.response.headers.get('x-model-version')).toBe(`name_question@${version}`)
          }
        }
      }
    },
  )

  test('shows at / what is served, by which version, since when', async () => {
    const page = await (await fetch(stack.gateway)).text()
    expect(page).toContain('name_question')
    expect(page).toMatch(/179541902[78]/)
    expect(page).toContain('<time datetime="20')
    expect(page).toContain('primary')
  })

  test.each([
    ['JSON that is none', '{"text": [', 400, 'bad_json'],
    ['no body', '', 400, 'bad_json'],
    ['a missing text', '{}', 400, 'bad_body'],
    ['an ill-typed text', '{"text": "您贵姓"}', 400, 'bad_body'],
    ['an utterance without its index', '{"text": [["您贵姓"]]}', 400, 'bad_body'],
    ['an index that is not a number', '{"text": [["您贵姓", "5"]]}', 400, 'bad_body'],
    ['an utterance of 1 MB', JSON.stringify({ text: [['名'.repeat(350_000), 1]] }), 413, 'body_too_large'],
  ])('refuses %s, and serves on', async (_what, body, status, code) => {
    for (const port of ports) {
      const { response, text } = await ask(port, body)
      expect(response.status).toBe(status)
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      expect(JSON.parse(text)).toMatchObject({ type: `urn:changeover:error:${code}`, status })
      expect((await ask(port, courseRequest)).text).toBe('5')
    }
  })

  test('refuses invalid UTF-8', async () => {
    const body = Buffer.concat([
      Buffer.from('{"text": [["'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('", 1]]}'),
    ])
    for (const port of ports) {
      const response = await fetch(port + routePath, { method: 'POST', body })
      expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('bad_utf8')])
    }
  })

  test('refuses an unknown route with 404 and an unknown method with 405', async () => {
    for (const port of ports) {
      expect((await fetch(`${port}/v1/nothing`)).status).toBe(404)
      const wrongMethod = await fetch(port + routePath)
      expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
    }
  })

  test.each(['GET', 'HEAD', 'OPTIONS'])(
    'answers health checks by %s, with a query or without',
    async (method) => {
      for (const port of ports) {
        for (const path of ['/', '/?a=b', '/-/health', '/-/health?a=b']) {
          const { status } = await fetch(port + path, { method })
          expect([port, path, status]).toEqual([
            port,
            path,
            method === 'OPTIONS' && !path.includes('-') ? 204 : 200,
          ])
        }
      }
    },
  )

  test('reads a text of several lines to its end, as the text in one line', async () => {
    for (const port of ports) {
      for (const [text, answer] of [
        ['你好\n您贵姓', '7'],
        ['你好 您贵姓', '7'],
        ['\r\n\r\n您贵姓\n', '7'],
        ['</s> 您贵姓', '7'],
        ['你好\n在么', '-1'],
      ])
        expect([text, (await ask(port, JSON.stringify({ text: [[text, 7]] }))).text]).toEqual([text, answer])
    }
  })

  test('takes JSON with a byte order mark, and names what is not JSON', async () => {
    for (const port of ports) {
      expect((await ask(port, `\ufeff${courseRequest}`)).text).toBe('5')
      expect((await ask(port, 'text=a&n=1')).response.status).toBe(415)
    }
  })
})
