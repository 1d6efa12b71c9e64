import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { DeployBody, DeployEvent } from '../../src/contracts/index.ts'
import { ChangeoverError } from '../../src/contracts/index.ts'
import { buildModelFile, tinyModel } from '../../src/engine/fasttext/testing/model-file-builder.ts'
import { deployGiven } from '../../src/main/run/deploy-given.ts'
import { activate, publish } from '../../src/store/index.ts'

const version = '1795419027'

let folder: string
let storePath: string
let logged: string[]
let deployed: DeployBody[]

/** A store in which one version of `m` is active. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-deploy-given-'))
  storePath = join(folder, 'store')
  logged = []
  deployed = []
  store(version)
  activate(storePath, { model: 'm', version }, 0)
})
afterEach(() => rmSync(folder, { recursive: true }))

function writeModel(of: string): string {
  const file = join(folder, `m_${of}.bin`)
  writeFileSync(file, buildModelFile(tinyModel))
  return file
}

function store(of: string): void {
  publish({
    storePath,
    model: 'm',
    version: of,
    file: writeModel(of),
    tokenizer: 'whitespace',
    userDictionaries: [],
    sentenceVectors: false,
    nowMs: 0,
  })
}

async function give(
  of: string,
  deploy: (emit: (event: DeployEvent) => void) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await deployGiven([{ model: 'm', version: of, file: writeModel(of) }], {
    storePath,
    supervisor: {
      deploy: (body, emit) => {
        deployed.push(body)
        return deploy(emit)
      },
    },
    log: (level, message) => logged.push(`${level}: ${message}`),
  })
}

describe('a file given to a stack that has an active version', () => {
  test('is deployed if it is newer', async () => {
    await give('1795419028')
    expect(deployed).toMatchObject([{ target: join(folder, 'm_1795419028.bin'), model: 'm' }])
    expect(logged).toEqual([])
  })

  test.each(['1795419026', '999999999'])(
    'is left alone if it is older, as %s, and that is said',
    async (older) => {
      await give(older)
      expect(deployed).toEqual([])
      expect(logged).toEqual([
        expect.stringMatching(
          `^info: .*is not served: m@${version} is; \`changeover deploy ${folder}/m_${older}`,
        ),
      ])
    },
  )

  test('is not deployed again if the store has it: it failed, or was rolled back from', async () => {
    store('1795419028')
    await give('1795419028')
    expect(deployed).toEqual([])
    expect(logged).toEqual([expect.stringContaining('`changeover deploy m@1795419028` replaces it')])
  })

  test('is not mentioned if it serves, unless it has changed', async () => {
    await give(version)
    expect(logged).toEqual([])
    const file = writeModel(version)
    writeFileSync(file, 'more', { flag: 'a' })
    await deployGiven([{ model: 'm', version, file }], {
      storePath,
      supervisor: { deploy: () => Promise.reject(new Error('not wanted')) },
      log: (level, message) => logged.push(`${level}: ${message}`),
    })
    expect(logged).toEqual([expect.stringMatching(/^warning: .*another time in its name$/)])
  })

  const error = { code: 'gate_failed', message: 'it is worse' } as const
  const end: DeployEvent = { type: 'end', ok: false, error, durationMs: 1 }
  const failure = `error: .*is not served, and m@${version} is: it is worse$`

  test('is reported if its deploy is refused', async () => {
    await give('1795419028', () => Promise.reject(new ChangeoverError(error.code, error.message)))
    expect(logged).toEqual([expect.stringMatching(failure)])
  })

  test('is reported if its deploy fails', async () => {
    await give('1795419028', (emit) => {
      emit(end)
      return Promise.resolve()
    })
    expect(logged).toEqual([expect.stringMatching(failure)])
  })
})
