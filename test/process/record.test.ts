import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { RecorderOptions } from '../../src/traffic-sample/index.ts'
import { readRecord, Recorder } from '../../src/traffic-sample/index.ts'

const model = 'name_question'

describe('the record of what models are asked', () => {
  let recordFolder: string
  let nowMs = 0
  const complaints: string[] = []

  beforeEach(() => {
    recordFolder = join(mkdtempSync(join(tmpdir(), 'changeover-record-')), 'record')
    complaints.length = 0
  })
  afterEach(() => {
    rmSync(join(recordFolder, '..'), { recursive: true })
  })

  const record = async (texts: readonly string[], part: Partial<RecorderOptions> = {}): Promise<void> => {
    const recorder = new Recorder({
      recordFolder,
      writer: 'primary-0',
      models: { [model]: { share: 1, maxSizeBytes: 1 << 20 } },
      redact: (text) => text,
      nowMs: () => ++nowMs,
      random: () => 0.5,
      log: (_level, message) => complaints.push(message),
      ...part,
    })
    await recorder.start()
    const observe = recorder.observer(model)
    for (const text of texts) observe?.(text)
    await recorder.close()
    observe?.('after the end')
    await recorder.close()
  }

  const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `第${i}句话`)
  const read = (limit = 1_000_000): string[] => readRecord(recordFolder, model, limit)

  test('comes back in order, from all writers, the newest where there are too many', async () => {
    await record(['一', '二'])
    await record(['三'], { writer: 'backup-0' })
    await record(['四'])
    expect(read()).toEqual(['一', '二', '三', '四'])
    expect(read(2)).toEqual(['三', '四'])
    expect(readRecord(recordFolder, 'other', 10)).toEqual([])
    expect(complaints).toEqual([])
  })

  test('never grows over its limit, and keeps the newest', async () => {
    const maxSizeBytes = 10_000
    const models = { [model]: { share: 1, maxSizeBytes } }
    await record(numbers(500), { models })
    await record(
      numbers(500).map((text) => `${text}！`),
      { models },
    )
    const files = readdirSync(join(recordFolder, model))
    expect(files.sort()).toEqual(['primary-0.jsonl', 'primary-0.old.jsonl'])
    const sizes = files.map((name) => statSync(join(recordFolder, model, name)).size)
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(maxSizeBytes)
    const kept = read()
    expect(kept).toEqual(
      numbers(500)
        .map((text) => `${text}！`)
        .slice(-kept.length),
    )
    expect(kept.length).toBeGreaterThan(100)
  })

  test('has only a sample', async () => {
    let draw = 0
    await record(numbers(1_000), {
      models: { [model]: { share: 0.1, maxSizeBytes: 1 << 20 } },
      random: () => (draw++ % 100) / 100,
    })
    expect(read()).toHaveLength(100)
  })

  test('holds what the user’s function leaves; if that fails the text is left out, and the log reports it once', async () => {
    await record(['电话 123', '秘密', '名字', '错', '又错'], {
      redact: (text) => {
        if (text.includes('错')) throw new Error('not foreseen')
        return text === '秘密' ? undefined : text.replace(/\d/g, '#')
      },
    })
    expect(read()).toEqual(['电话 ###', '名字'])
    expect(complaints).toEqual([expect.stringContaining('could not be redacted')])
    expect(complaints[0]).toContain('not foreseen')
  })

  test('leaves out a line that a crash has torn', async () => {
    await record(['一'])
    writeFileSync(join(recordFolder, model, 'primary-1.jsonl'), '{"atMs":1e15,"text":"二"}\n{"atMs":1e15,"te')
    expect(read()).toEqual(['一', '二'])
  })

  test('that cannot be written is said once, and nobody who asks is bothered', async () => {
    mkdirSync(join(recordFolder, model, 'primary-0.jsonl'), { recursive: true })
    await record(numbers(3))
    expect(complaints).toEqual([expect.stringContaining('could not be written')])
  })

  test('is not kept of other models', async () => {
    await record(['一'], { models: {} })
    expect(read()).toEqual([])
  })
})
