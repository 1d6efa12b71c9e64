import type { KeyObject } from 'node:crypto'
import { generateKeyPairSync } from 'node:crypto'
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { nodeFiles } from '../fs/files.ts'
import { runSteps } from '../fs/run-steps.ts'
import { fingerprintVersion } from './fingerprint-version.ts'
import { loadInSteps, loadVersion } from './load-version.ts'
import { readManifest, sealManifest } from './manifest.ts'
import { createTokenizers } from './open-tokenizer.ts'
import { publish } from './publish.ts'
import { readSigningKey, readTrustedManifest, requireTrusted } from './signature.ts'
import { requireSound, verifyVersion } from './verify-version.ts'

const target = { model: 'm', version: '1' }

const file = fileURLToPath(
  new URL('../../../examples/name-question/models/name_question_1795419028.bin', import.meta.url),
)

let folder: string
let storePath: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-verify-'))
  storePath = join(folder, 'store')
})
afterEach(() => rmSync(folder, { recursive: true }))

const publishSigned = (signingKey?: KeyObject): void =>
  void publish({
    storePath,
    ...target,
    file,
    tokenizer: 'whitespace',
    nowMs: 0,
    ...(signingKey === undefined ? {} : { signingKey }),
  })

const pathOf = (name: string): string => join(storePath, 'models/m/versions/1', name)

function change(name: string, edit: (path: string) => void): void {
  chmodSync(pathOf(name), 0o644)
  edit(pathOf(name))
}

function flipByte(path: string): void {
  const bytes = readFileSync(path)
  const at = bytes.length >> 1
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(path, bytes)
}

const verify = (parts: 'all' | 'served'): string[] => runSteps(verifyVersion(storePath, target, parts))

describe('verifying', () => {
  test('reads every byte and finds nothing wrong with what was published', () => {
    publishSigned()
    let readBytes = 0
    const steps = verifyVersion(storePath, target, 'all')
    for (let step = steps.next(); step.done !== true; step = steps.next()) readBytes += step.value
    expect(readBytes).toBe(statSync(pathOf('source.bin')).size + statSync(pathOf('compiled.bin')).size)
    expect(verify('all')).toEqual([])
  })

  test.each([
    ['source.bin', flipByte, ['source.bin has other content than was written'], []],
    ['compiled.bin', flipByte, ['compiled.bin has other content than was written'], undefined],
    [
      'compiled.bin',
      (path: string) => truncateSync(path, 100),
      [expect.stringMatching(/^compiled\.bin has 100 bytes; \d+ were written$/)],
      undefined,
    ],
    ['source.bin', (path: string) => rmSync(path), ['source.bin is missing'], []],
    [
      'manifest.json',
      flipByte,
      [expect.stringContaining('manifest.json is not as this program wrote it')],
      undefined,
    ],
  ] as const)('finds a damaged %s', (name, edit, all, served) => {
    publishSigned()
    const before = fingerprintVersion(storePath, target)
    change(name, edit)
    expect(verify('all')).toEqual(all)
    expect(verify('served')).toEqual(served ?? all)
    expect(fingerprintVersion(storePath, target)).not.toBe(before)
    if (served === undefined)
      expect(() => requireSound(storePath, target)).toThrow(
        expect.objectContaining({ code: 'version_damaged' }),
      )
    // Publishing the same file again does nothing, but reports a damaged version.
    if (served === undefined)
      expect(publishSigned).toThrow(expect.objectContaining({ code: 'version_damaged' }))
  })

  test('a manifest that was moved to another version, or edited, is not read', () => {
    publishSigned()
    const { sha256, ...content } = readManifest(storePath, target)
    expect(sealManifest(content).sha256).toBe(sha256)
    const refuse = (text: string): void => {
      change('manifest.json', (path) => writeFileSync(path, text))
      expect(() => readManifest(storePath, target)).toThrow(
        expect.objectContaining({ code: 'version_damaged' }),
      )
    }
    refuse(JSON.stringify(sealManifest({ ...content, version: '2' })))
    refuse(JSON.stringify({ ...sealManifest(content), publishedBy: 'somebody else' }))
    refuse('{}')
  })
})

describe('loading', () => {
  const other = fileURLToPath(
    new URL('../../../examples/name-question/models/name_question_1795419027.bin', import.meta.url),
  )
  const damaged = (message: RegExp): unknown =>
    expect.objectContaining({ code: 'version_damaged', message: expect.stringMatching(message) as string })

  /** Another compiled model of any size, complete by its own format. */
  function otherCompiled(): string {
    const version = { model: 'm', version: '2' }
    publish({ storePath, ...version, file: other, tokenizer: 'whitespace', nowMs: 0 })
    return join(storePath, 'models/m/versions/2/compiled.bin')
  }

  test('another file in the place of what was checked is refused, as is one that was changed or removed', () => {
    publishSigned()
    runSteps(verifyVersion(storePath, target, 'served'))
    const load = (): void => loadVersion(storePath, target, createTokenizers()).release()
    change('compiled.bin', flipByte)
    expect(load).toThrow(damaged(/compiled\.bin has other content than was written/))
    renameSync(otherCompiled(), pathOf('compiled.bin'))
    expect(load).toThrow(damaged(/compiled\.bin has/))
    rmSync(pathOf('compiled.bin'))
    expect(load).toThrow(damaged(/compiled\.bin is missing/))
  })

  test('what takes the place of a file while it is hashed is not what is served', () => {
    publishSigned()
    const expected = loadVersion(storePath, target, createTokenizers()).top('您 贵姓')
    const steps = loadInSteps(storePath, target, createTokenizers())
    expect(steps.next().done).toBe(false)
    renameSync(otherCompiled(), pathOf('compiled.bin'))
    const loaded = runSteps(steps)
    expect(loaded.top('您 贵姓')).toEqual(expected)
    loaded.release()
  })

  test('what is written into a file while it is hashed is found; nothing stays mapped then, or where the load is given up', () => {
    publishSigned()
    const mappings = (): number =>
      readFileSync('/proc/self/maps', 'utf8').split(pathOf('compiled.bin')).length - 1
    const steps = loadInSteps(storePath, target, createTokenizers())
    steps.next()
    expect(mappings()).toBe(1)
    change('compiled.bin', flipByte)
    expect(() => runSteps(steps)).toThrow(damaged(/other content|was written to while it was loaded/))
    expect(mappings()).toBe(0)
    change('compiled.bin', flipByte)
    const givenUp = loadInSteps(storePath, target, createTokenizers())
    givenUp.next()
    givenUp.return(undefined as never)
    expect(mappings()).toBe(0)
  })
})

describe('signatures', () => {
  const mine = generateKeyPairSync('ed25519')
  const other = generateKeyPairSync('ed25519')
  const trusted = (): string[] =>
    [mine, other].slice(0, 1).map(({ publicKey }) => {
      const path = join(folder, 'mine.pub.pem')
      writeFileSync(path, publicKey.export({ type: 'spki', format: 'pem' }))
      return path
    })
  const load = (): void => loadVersion(storePath, target, createTokenizers(), trusted()).release()
  const untrusted = (message: RegExp): unknown =>
    expect.objectContaining({ code: 'version_untrusted', message: expect.stringMatching(message) as string })

  test('a version that a trusted key has signed is loaded', () => {
    publishSigned(mine.privateKey)
    requireTrusted(storePath, target, trusted())
    expect(load).not.toThrow()
  })

  test.each([
    ['unsigned', undefined, /is not signed/],
    ['signed with another key', other.privateKey, /signed with none of the trusted keys/],
  ])('one that is %s is refused where keys are trusted, and only there', (_what, key, message) => {
    publishSigned(key)
    expect(load).toThrow(untrusted(message))
    requireTrusted(storePath, target, [])
    loadVersion(storePath, target, createTokenizers()).release()
  })

  test('an unsigned version is not signed later: publishing it again with a key is refused', () => {
    publishSigned()
    expect(() => publishSigned(mine.privateKey)).toThrow(
      expect.objectContaining({
        code: 'version_conflict',
        message: expect.stringContaining('with no signature') as string,
      }),
    )
  })

  test('whatever is changed afterwards is found: the manifest by the signature, the rest by its hashes', () => {
    publishSigned(mine.privateKey)
    const { sha256, ...content } = readManifest(storePath, target)
    expect(sha256).toHaveLength(64)
    change('manifest.json', (path) =>
      writeFileSync(
        path,
        JSON.stringify(sealManifest({ ...content, compiled: { sizeBytes: 9, sha256: '0' } })),
      ),
    )
    expect(load).toThrow(untrusted(/was changed after it was signed/))
  })

  test('the text that the signature is checked of is the text that is understood', () => {
    publishSigned(mine.privateKey)
    const signed = readFileSync(pathOf('manifest.json'), 'utf8')
    const { sha256, ...content } = readManifest(storePath, target)
    const forged = JSON.stringify(sealManifest({ ...content, compiled: { sizeBytes: 9, sha256 } }))
    const texts = [forged, signed]
    const files = {
      ...nodeFiles,
      readFileSync: (() => texts.shift()) as unknown as typeof nodeFiles.readFileSync,
    }
    expect(() => readTrustedManifest(storePath, target, trusted(), files)).toThrow(
      untrusted(/was changed after/),
    )
    expect(texts).toEqual([signed])
  })

  test('a missing trusted key trusts nothing', () => {
    publishSigned(mine.privateKey)
    expect(() => requireTrusted(storePath, target, [join(folder, 'gone.pem')])).toThrow(
      untrusted(/without the trusted key .*gone\.pem/),
    )
  })

  test('a key that is none, or of another kind, is named', () => {
    const path = join(folder, 'key.pem')
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
    for (const text of ['', rsa.export({ type: 'pkcs8', format: 'pem' })]) {
      writeFileSync(path, text)
      expect(() => readSigningKey(path)).toThrow(expect.objectContaining({ code: 'bad_usage' }))
    }
    writeFileSync(path, mine.privateKey.export({ type: 'pkcs8', format: 'pem' }))
    expect(readSigningKey(path).asymmetricKeyType).toBe('ed25519')
  })
})
