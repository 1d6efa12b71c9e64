import { Default } from '#typebox/value'
import { expect, test } from 'vitest'

import type { Config } from '../../config/schema/index.ts'
import { ConfigSchema } from '../../config/schema/index.ts'
import type { ErrorCode, ModelVersion } from '../../contracts/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import { InstanceProcesses } from './instance-processes.ts'

const active = { model: 'm', version: '2' }

/** What is forgotten where the worker ends its start with this error. */
async function forgottenAfter(code: ErrorCode): Promise<ModelVersion[]> {
  const forgotten: ModelVersion[] = []
  const config = Default(ConfigSchema, {}) as Config
  const instance = new InstanceProcesses({
    name: 'primary',
    workers: 1,
    config,
    storePath: '/none',
    runFolder: '/none',
    launcher: { launch: () => Promise.reject(new ChangeoverError(code, 'it did not start')) },
    logFiles: {},
    logSettings: () => config,
    log: () => undefined,
    activeVersions: {
      list: () => Promise.resolve([active]),
      isUnloaded: () => false,
      forget: (versions) => void forgotten.push(...versions),
    },
  })
  await expect(instance.startBeside()).rejects.toMatchObject({ code })
  return forgotten
}

test('a worker that finds other bytes than were checked has its versions checked anew', async () => {
  expect(await forgottenAfter('version_damaged')).toEqual([active])
  expect(await forgottenAfter('start_failed')).toEqual([])
})
