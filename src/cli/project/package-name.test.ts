import fc from 'fast-check'
import { expect, test } from 'vitest'

import { packageName } from './package-name.ts'

test.each([
  ['/srv/name-question', 'name-question'],
  ['My Service (2)', 'my-service-2'],
  ['.hidden_', 'hidden'],
  ['名字', 'text-service'],
  ['名字-service', 'service'],
  ['/', 'text-service'],
  ['Node_Modules', 'text-service'],
  ['changeover', 'text-service'],
])('%s is %s', (folder, name) => {
  expect(packageName(folder)).toBe(name)
})

test('every folder has a name that npm takes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (folder) => {
      const name = packageName(folder)
      expect(name).toMatch(/^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/)
      expect(name.length).toBeLessThanOrEqual(214)
    }),
    { numRuns: 30 },
  )
})
