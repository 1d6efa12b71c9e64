import { Buffer } from 'node:buffer'

import { expect, test } from 'vitest'

import { readLineBatches } from './read-line-batches.ts'

/** Hands over `text` in chunks of `size` bytes, also within a character. */
async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size))
}

async function readLines(bytes: Buffer, size: number): Promise<string[]> {
  const lines: string[] = []
  for await (const batch of readLineBatches(inChunks(bytes, size), 'x.txt')) lines.push(...batch)
  return lines
}

test.each([
  ['', []],
  ['\n', ['']],
  ['\r\n\n', ['', '']],
  ['您\n贵姓', ['您', '贵姓']],
  ['您\r\n贵姓\r\n', ['您', '贵姓']],
  ['a\rb\r\r\n👍\u2028\u0085', ['a\rb\r', '👍\u2028\u0085']],
  ['\ufeff您\n\ufeff贵姓\n', ['您', '\ufeff贵姓']],
  ['a\r', ['a']],
])('%j has the lines %j, however it is cut into chunks', async (text, lines) => {
  for (const size of [1, 2, 3, 100]) expect(await readLines(Buffer.from(text), size)).toEqual(lines)
})

test.each([1, 2, 1_000])('a line that is not UTF-8 is named after all before it', async (size) => {
  const lines: string[] = []
  const bytes = Buffer.concat([Buffer.from('您\n贵\n'), Buffer.from([0x61, 0xe6, 0x0a]), Buffer.from('姓\n')])
  const read = async (): Promise<void> => {
    for await (const batch of readLineBatches(inChunks(bytes, size), 'x.txt')) lines.push(...batch)
  }
  await expect(read()).rejects.toMatchObject({
    code: 'bad_utf8',
    message: expect.stringMatching(/^line 3 of x\.txt/) as string,
  })
  expect(lines).toEqual(['您', '贵'])
})
