import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { exampleFolder, firstModel, secondModel } from '../../harness/paths.ts'
import type { GatekeeperMessage, GatekeeperStart, GateReport } from '../../src/contracts/index.ts'
import { createLabelTest } from '../../src/engine/fasttext/index.ts'
import { memoryFiles, readGoldenSet, readMemoryLeft, runGates } from '../../src/gates/run/index.ts'
import { publish } from '../../src/store/index.ts'
import { readTestSet } from '../support/corpus.ts'
import { recordTexts } from '../support/record-texts.ts'

const model = 'name_question'
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-gatekeeper-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const write = (name: string, content: string): string => {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  return path
}

describe('the memory that is left', () => {
  const filesWith = (cgroup: string) => ({
    meminfo: write('meminfo', 'MemTotal:       24000000 kB\nMemAvailable:    1000000 kB\n'),
    cgroup: write('cgroup', cgroup),
    cgroupRoot: join(folder, 'cgroups'),
  })

  test('is that of the machine and of every control group above the process that has a limit', () => {
    write('cgroups/web/memory.max', '500000000\n')
    write('cgroups/web/memory.current', '300000000\n')
    write('cgroups/web/memory.stat', 'anon 1\ninactive_file 50000000\nactive_file 25000000\n')
    write('cgroups/web/unit/memory.max', 'max\n')
    write('cgroups/web/unit/memory.current', '300000000\n')
    expect(readMemoryLeft(filesWith('0::/web/unit\n'))).toEqual([
      { of: 'the machine', leftBytes: 1_024_000_000 },
      { of: 'the control group /web', leftBytes: 275_000_000 },
    ])
  })

  test('of a container is at the root, by either version of control groups', () => {
    write('cgroups/memory.max', '700000000\n')
    write('cgroups/memory.current', '600000000\n')
    expect(readMemoryLeft(filesWith('0::/\n')).at(-1)).toEqual({
      of: 'the control group /',
      leftBytes: 100_000_000,
    })
    write('cgroups/memory/memory.limit_in_bytes', '700000000\n')
    write('cgroups/memory/memory.usage_in_bytes', '600000000\n')
    write('cgroups/memory/memory.stat', 'active_file 1\ntotal_inactive_file 10000000\n')
    const first = filesWith('12:cpu,cpuacct:/docker/1\n5:memory:/docker/1\n')
    expect(readMemoryLeft(first).at(-1)).toEqual({ of: 'the control group /', leftBytes: 110_000_000 })
    write('cgroups/memory/memory.limit_in_bytes', '9223372036854771712\n')
    expect(readMemoryLeft(first)).toHaveLength(1)
  })

  test('is known of this machine', () => {
    expect(readMemoryLeft(memoryFiles)[0]).toMatchObject({ of: 'the machine' })
  })
})

describe('a golden set', () => {
  test('has labels, raw text, and lines without labels', () => {
    const file = write(
      'golden.txt',
      '\ufeff__label__a __label__b 您贵姓 吗\r\n\n \t\r\n在的__label__c\n在的 __label__c\nyes 在 __class__a\n',
    )
    expect(readGoldenSet(file, createLabelTest(['yes', 'no']))).toEqual([
      { text: '您贵姓 吗', truth: ['__label__a', '__label__b'] },
      { text: '在的__label__c', truth: [] },
      { text: '在的', truth: ['__label__c'] },
      { text: '在 __class__a', truth: ['yes'] },
    ])
  })

  test('that is missing, or not UTF-8, is named', () => {
    expect(() => readGoldenSet(join(folder, 'none.txt'), createLabelTest([]))).toThrow(
      /none\.txt cannot be read: ENOENT/,
    )
    const file = write('gbk.txt', '')
    writeFileSync(file, Buffer.from([0xc4, 0xfa, 0x0a]))
    expect(() => readGoldenSet(file, createLabelTest([]))).toThrow(/gbk\.txt is not UTF-8/)
  })
})

describe('the gatekeeper', () => {
  const start = (part: Partial<GatekeeperStart> = {}): GatekeeperStart => {
    const storePath = join(folder, 'store')
    for (const [version, file] of [
      ['1', firstModel],
      ['2', secondModel],
    ] as const)
      publish({ storePath, model, version, file, tokenizer: 'jieba', nowMs: 0 })
    return {
      target: { model, version: '2' },
      active: '1',
      loaded: [{ model, version: '1' }],
      storePath,
      trustedKeys: [],
      recordFolder: join(folder, 'record'),
      loadingProcesses: 2,
      wholeOnly: false,
      force: false,
      allow: [],
      gates: {
        timeoutMs: 10_000,
        contract: { labels: [] },
        agreement: { maxChanged: 0.2 },
        cost: { maxSlowdown: 10 },
      },
      selfTest: [],
      ...part,
    }
  }

  const run = (request: GatekeeperStart, files = memoryFiles): GateReport[] => {
    const messages: GatekeeperMessage[] = []
    runGates(request, (message) => messages.push(message), files)
    expect(messages.at(-1)).toEqual({ type: 'ended' })
    return messages.flatMap((message) => (message.type === 'report' ? [message.report] : []))
  }

  const tight = () => ({
    ...memoryFiles,
    meminfo: write('meminfo', 'MemAvailable: 200 kB\n'),
    cgroup: join(folder, 'none'),
  })

  test('does not load a version that no trusted key has signed', () => {
    const { publicKey } = generateKeyPairSync('ed25519')
    const key = write('key.pem', publicKey.export({ type: 'spki', format: 'pem' }).toString())
    const [whole, ...others] = run({ ...start(), trustedKeys: [key] })
    expect(whole).toMatchObject({ gate: 'whole', outcome: 'failed' })
    expect(whole?.sentence).toMatch(/sign/)
    expect(others).toEqual([])
  })

  test('refuses a version that would not fit before it is loaded, with the figures', () => {
    const request = start()
    rmSync(join(request.storePath, 'models', model, 'versions/2/compiled.bin'))
    const [report, ...others] = run(request, tight())
    expect(others).toEqual([])
    expect(report).toMatchObject({
      gate: 'cost',
      outcome: 'failed',
      sentence:
        'needs 122.8 KiB of memory beside the 98.3 KiB that serve; the machine has 200.0 KiB left: it was not loaded',
      figures: { neededBytes: 226_432, leftBytes: 204_800 },
    })
  })

  test('loads it all the same by force, and then reports that', () => {
    const reports = run(start({ force: true }), tight())
    expect(reports.map(({ gate, outcome }) => [gate, outcome])).toEqual([
      ['whole', 'passed'],
      ['contract', 'passed'],
      ['golden', 'skipped'],
      ['agreement', 'skipped'],
      ['cost', 'overridden'],
    ])
  })

  test('asks nothing more of a version that is damaged, and force does not help', () => {
    const request = start({ force: true })
    writeFileSync(join(request.storePath, 'models', model, 'versions/2/compiled.bin'), 'short')
    expect(run(request)).toEqual([
      {
        gate: 'whole',
        outcome: 'failed',
        sentence: expect.stringMatching(
          /name_question@2 is damaged: compiled\.bin has 5 bytes; \d+/,
        ) as string,
        figures: {},
      },
    ])
  })

  test('needs nothing of a damaged version that serves, so that there is a way back from it', () => {
    const request = start()
    rmSync(join(request.storePath, 'models', model, 'versions/1/manifest.json'))
    expect(run({ ...request, wholeOnly: true })).toMatchObject([{ gate: 'whole', outcome: 'passed' }])
    expect(run(request).map(({ gate, outcome }) => `${gate} ${outcome}`)).toEqual([
      'whole passed',
      'contract passed',
      'golden skipped',
      'agreement skipped',
      'cost passed',
    ])
  })

  test('takes a version whose texts are cut with other options for another tokenizer', () => {
    const stopWords = [write('stop.txt', '的\n')]
    const publishAs = (version: string): GatekeeperStart => {
      const request = start({ target: { model, version } })
      const options = { tokenizer: 'jieba', hmm: false, stopWords, nowMs: 0 } as const
      publish({ storePath: request.storePath, model, version, file: secondModel, ...options })
      return request
    }
    const request = publishAs('3')
    const contractOf = (asked: GatekeeperStart) => run(asked).find(({ gate }) => gate === 'contract')
    expect(contractOf(request)).toMatchObject({
      outcome: 'failed',
      sentence: expect.stringContaining(
        'its texts are split by jieba, HMM off, without stop words, those of 1 by jieba: deploy with --allow tokenizer',
      ) as string,
    })
    expect(contractOf({ ...request, allow: ['tokenizer'] })).toMatchObject({ outcome: 'passed' })
    writeFileSync(stopWords[0] ?? '', '了\n')
    expect(contractOf({ ...publishAs('4'), active: '3' })).toMatchObject({
      outcome: 'passed',
      sentence: '2 labels, tokenizer jieba, HMM off, without stop words, as in 3',
    })
  })

  test('compares with nothing where no version serves, and names it', () => {
    const request = start({ active: null, loaded: [] })
    const golden = { file: join(exampleFolder, 'corpus/test.txt'), minAccuracy: 0.9, margin: 0.02 }
    const reports = run({ ...request, gates: { ...request.gates, golden } })
    expect(reports.map(({ gate, outcome, sentence }) => [gate, outcome, sentence])).toEqual([
      ['whole', 'passed', expect.anything()],
      ['contract', 'passed', '2 labels, tokenizer jieba'],
      ['golden', 'passed', '152 of 163 right (93.3 %), nothing serves yet to compare with'],
      ['agreement', 'skipped', 'no version serves yet to compare with'],
      [
        'cost',
        'passed',
        expect.stringMatching(
          /^[\d.]+ µs a prediction; [^;]+ for a text of 100,000 characters; needs 122\.8 KiB of memory;/,
        ),
      ],
    ])
  })

  test('names what a golden set has and the version has not', () => {
    const request = start({ active: null, loaded: [] })
    const file = write('golden.txt', '您贵姓 __label__name\n您贵姓 __label__new\n没有\n')
    const golden = { file, minAccuracy: 0, margin: 0.02 }
    const reports = run({ ...request, gates: { ...request.gates, golden } })
    expect(reports.find(({ gate }) => gate === 'golden')?.sentence).toBe(
      '1 of 2 right (50 %), nothing serves yet to compare with; lines without a label, which are not counted: 1; it does not have the labels __label__new (1)',
    )
  })

  test('asks a text of several lines as one, in a golden set and of the record', async () => {
    const texts = readTestSet()
    const figuresFor = async (separator: string): Promise<unknown> => {
      const recordFolder = mkdtempSync(join(folder, 'record-'))
      await recordTexts(
        recordFolder,
        model,
        texts.map(({ text }) => `你好${separator}${text}`),
      )
      // A line feed ends a line of a file.
      const inLine = separator.replaceAll('\n', ' ')
      const file = write('golden.txt', texts.map(({ text, label }) => `${label} 你好${inLine}${text}\r\n`).join('')) // prettier-ignore
      const request = start({ recordFolder })
      rmSync(request.storePath, { recursive: true })
      const golden = { file, minAccuracy: 0, margin: 0.02 }
      const reports = run({ ...start({ recordFolder }), gates: { ...request.gates, golden } })
      return reports
        .filter(({ gate }) => gate === 'golden' || gate === 'agreement')
        .map(({ sentence, figures }) => ({ sentence, figures }))
    }
    const plain = await figuresFor(' ')
    expect(plain).toHaveLength(2)
    expect(await figuresFor('\r\n')).toEqual(plain)
    expect(await figuresFor(' \n\r\n')).toEqual(plain)
  })

  test('fails a golden set that cannot be read, and goes on', () => {
    const request = start()
    const golden = { file: join(folder, 'none.txt'), minAccuracy: 0, margin: 0.02 }
    const reports = run({ ...request, gates: { ...request.gates, golden } })
    expect(reports.map(({ gate, outcome }) => `${gate} ${outcome}`)).toEqual([
      'whole passed',
      'contract passed',
      'golden failed',
      'agreement skipped',
      'cost passed',
    ])
  })
})
