import { readFileSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

import { missingPythonJieba } from '../../harness/python-jieba.ts'
import { buildJiebaDictionary } from '../../scripts/build-jieba-assets.ts'

describe.skipIf(missingPythonJieba !== undefined)(
  `the packaged dictionary${missingPythonJieba ? ` (${missingPythonJieba})` : ''}`,
  () => {
    test("is what the script makes of Debian's python3-jieba", () => {
      const packaged = readFileSync(new URL('../../assets/jieba/jieba.dict', import.meta.url))
      expect(packaged.equals(buildJiebaDictionary())).toBe(true)
    })
  },
)
