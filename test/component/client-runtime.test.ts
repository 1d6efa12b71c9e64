import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'

import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'

const built = new URL('../../dist/client/', import.meta.url)

test('as it is built, it imports only files beside it: a page can load it without a bundler', () => {
  const files = readdirSync(built).filter((name) => name.endsWith('.js'))
  expect(files).toContain('index.js')
  const imported = files.flatMap((name) => {
    const text = readFileSync(new URL(name, built), 'utf8')
    expect(text).not.toMatch(/\bimport\(|\brequire\(|\bprocess\.|\bBuffer\b/)
    return [...text.matchAll(/(?:^|\n)\s*(?:import|export)\b[^'"\n]*?(?:from\s*)?["']([^"']+)["']/g)].map(
      (match) => match[1],
    )
  })
  expect(imported.length).toBeGreaterThan(10)
  for (const name of imported) expect(files.map((file) => `./${file}`)).toContain(name)
})

test('it needs of its runtime fetch, AbortController, URL and timers, and nothing else', async () => {
  const bundle = await rolldown({ input: fileURLToPath(new URL('index.js', built)), platform: 'neutral' })
  const { output } = await bundle.generate({ format: 'iife', name: 'changeover' })
  expect(output[0].imports).toEqual([])
  let count = 0
  const server = createServer((_, response) => {
    const answer = { predictions: [{ labels: ['name'], probabilities: [1] }] }
    if (count++ === 0) response.socket?.destroy()
    else
      response
        .setHeader('x-model-version', 'names@7')
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    const context = createContext({ fetch, AbortController, URL, setTimeout, clearTimeout })
    const call = `changeover.createClient('http://127.0.0.1:${port}').predict('names', '您贵姓')`
    const result: unknown = await runInContext(`${output[0].code}; ${call}`, context)
    expect(result).toMatchObject({ body: [{ label: 'name', probability: 1 }], versions: { names: '7' } })
    expect(count).toBe(2)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
