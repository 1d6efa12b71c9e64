import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { trainingLines } from '../../harness/models/training-text.ts'
import { isReferenceMissing, predictReference, trainReference } from '../../harness/reference-fasttext.ts'

const wordCount = 2_000_000
const wordsPerLine = 20

const dist = (path: string): string => JSON.stringify(new URL(`../../dist/${path}.js`, import.meta.url).href)

/** Runs a script over the built program in a process of its own; it prints one JSON object. */
function runScript(script: string, ...args: readonly string[]): unknown {
  const prelude = `
    import { compileModel, openCompiled } from ${dist('engine/fasttext/index')}
    import { createSink, openSource } from ${dist('store/fs/file-bytes')}
    import { mapFile } from ${dist('store/fs/map-file')}
    const [, first, second] = process.argv`
  const node = ['--input-type=module', '-e', prelude + script, ...args]
  return JSON.parse(execFileSync(process.execPath, node, { encoding: 'utf8' })) as unknown
}

/** Compiles a model file and gives by how many bytes the process grew at its largest. */
function compile(model: string, compiled: string): { readonly grewBytes: number } {
  return runScript(
    `
    const before = process.resourceUsage().maxRSS
    const sink = createSink(second)
    compileModel(openSource(first), sink)
    sink.close()
    console.log(JSON.stringify({ grewBytes: (process.resourceUsage().maxRSS - before) * 1024 }))`,
    model,
    compiled,
  ) as { grewBytes: number }
}

describe.skipIf(isReferenceMissing())('large models', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'changeover-large-'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('compiling needs a bounded buffer, not the memory of the file', () => {
    const training = join(folder, 'train.txt')
    writeFileSync(training, trainingLines(2).join('\n'))
    const options = ['-dim', '100', '-bucket', '500000', '-wordNgrams', '2', '-epoch', '1']
    const model = trainReference('supervised', training, join(folder, 'wide'), options)
    const fileBytes = statSync(model).size
    expect(fileBytes).toBeGreaterThan(200_000_000)
    const { grewBytes } = compile(model, join(folder, 'wide.compiled'))
    console.log(
      `${(fileBytes / 2 ** 20).toFixed(0)} MiB compiled with ${(grewBytes / 2 ** 20).toFixed(0)} MiB`,
    )
    expect(grewBytes).toBeLessThan(64 * 2 ** 20)
  })

  test('a vocabulary of 2,000,000 words is opened without parsing or copying it', () => {
    const training = join(folder, 'words.txt')
    const lines = Array.from({ length: wordCount / wordsPerLine }, (_, line) => {
      const words = Array.from({ length: wordsPerLine }, (_, i) => `w${line * wordsPerLine + i}`)
      return `__label__${line % 2} ${words.join(' ')}\n`
    })
    writeFileSync(training, lines.join(''))
    const model = trainReference('supervised', training, join(folder, 'words'), ['-dim', '4', '-epoch', '1'])
    const compiled = join(folder, 'words.compiled')
    compile(model, compiled)

    const text = 'w0 w1999999 w1000000 unknown'
    const opened = runScript(
      `
      const { bytes } = mapFile(first)
      const before = process.memoryUsage()
      const begun = performance.now()
      const predictor = openCompiled(bytes)
      const answer = predictor.predict(second, 2)
      const ms = performance.now() - begun
      const after = process.memoryUsage()
      const ownBytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
      console.log(JSON.stringify({ words: predictor.description.nWords, ms, ownBytes, answer }))`,
      compiled,
      text,
    ) as {
      words: number
      ms: number
      ownBytes: number
      answer: { label: string; probability: number }[]
    }
    console.log(`opened and asked in ${opened.ms.toFixed(1)} ms, ${opened.ownBytes} bytes of its own`)
    expect(opened.words).toBe(wordCount + 1)
    expect(opened.ms).toBeLessThan(50)
    expect(opened.ownBytes).toBeLessThan(1 << 20)
    const [reference = []] = predictReference(model, [text], 2)
    expect(opened.answer.map(({ label }) => label)).toEqual(reference.map(({ label }) => label))
    opened.answer.forEach(({ probability }, i) =>
      expect(probability).toBeCloseTo(reference[i]?.probability ?? NaN, 5),
    )
  })
})
