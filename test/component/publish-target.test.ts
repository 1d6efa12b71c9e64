import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { exampleFolder, secondModel } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'
import { loadConfig } from '../../src/config/index.ts'
import { publishTarget } from '../../src/supervisor/index.ts'

const target = { model: 'name_question', version: '2', file: secondModel }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-publish-target-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Publishes with a publisher that does this once it was told what to do. */
async function publishWith(publisher: string, timeoutMs: number, signal?: AbortSignal): Promise<void> {
  const publisherEntry = join(folder, 'publisher.mjs')
  writeFileSync(publisherEntry, `process.once('message', () => { ${publisher} })`)
  const { config } = await loadConfig(join(exampleFolder, 'changeover.yaml'))
  const models = Object.entries(config.models).map(([name, value]) => [
    name,
    { ...value, gates: { ...value.gates, timeoutMs } },
  ])
  return publishTarget(target, {
    config: { ...config, models: Object.fromEntries(models) as typeof config.models },
    storePath: join(folder, 'store'),
    publisherEntry,
    log: () => undefined,
    ...(signal === undefined ? {} : { signal }),
  })
}

describe('publishing in a process of its own', () => {
  test('has the time that a trial has, and says how to give it more', async () => {
    await expect(publishWith('setInterval(() => undefined, 1e6)', 300)).rejects.toMatchObject({
      code: 'timed_out',
      message: expect.stringMatching(
        /did not finish within 0\.3 s and was killed; .* raise models\.name_question\.gates\.timeoutMs/,
      ) as string,
    })
  })

  test('is aborted if the version is no longer wanted, with the reason', async () => {
    const controller = new AbortController()
    const pidFile = join(folder, 'pid')
    const publisher = `import('node:fs').then((fs) => fs.writeFileSync(${JSON.stringify(pidFile)}, String(process.pid))); setInterval(() => undefined, 1e6)`
    const publishing = publishWith(publisher, 60_000, controller.signal)
    publishing.catch(() => undefined)
    await until('it is at work', () => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '')
    controller.abort(new Error('something has priority'))
    await expect(publishing).rejects.toThrow('something has priority')
    expect(() => process.kill(Number(readFileSync(pidFile, 'utf8')), 0)).toThrow()
  })

  test('is not begun if the version is already no longer wanted', async () => {
    const publishing = publishWith('process.exit(3)', 60_000, AbortSignal.abort(new Error('too late')))
    await expect(publishing).rejects.toThrow('too late')
  })
})
