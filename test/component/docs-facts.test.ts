import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { exampleFolder } from '../../harness/paths.ts'
import { loadConfig } from '../../src/config/index.ts'
import { describeStep, forwardPlan } from '../../src/rollout/machine/plan.ts'

const readPage = (name: string): string => readFileSync(name, 'utf8')

describe('the documentation', () => {
  test.each(['README.md', 'README.zh-CN.md', 'docs/from-the-course.md', 'docs/from-the-course.zh-CN.md'])(
    '%s says what becomes a routes.predict, and what a routes.post',
    (page) => {
      const prose = readPage(page).replaceAll(/^ *```[^]*?^ *```$/gm, '')
      const paragraphs = prose.split('\n\n').filter((text) => text.includes('`routes.predict`'))
      expect(paragraphs.some((text) => text.includes('`routes.post`'))).toBe(true)
    },
  )

  test.each(['docs/operations.md', 'docs/operations.zh-CN.md'])(
    '%s has the steps of a rollout in their order',
    (page) => {
      const listed = [...readPage(page).matchAll(/^\| ([^|]*?) +\|/gm)].map(([, cell = '']) => cell)
      const begin = listed.indexOf('publish')
      expect(listed.slice(begin, listed.indexOf('commit') + 1)).toEqual([
        'publish',
        'gate …',
        ...forwardPlan.map(describeStep).filter((name) => name.endsWith(' primary')),
        '… backup',
        'commit',
      ])
    },
  )
})

test('instances listen for this machine alone, and a stop does not wait, unless somebody wants it', async () => {
  const { config } = await loadConfig(join(exampleFolder, 'changeover.yaml'))
  expect(config).toMatchObject({
    primary: { bind: '127.0.0.1:5001' },
    backup: { bind: '127.0.0.1:5002' },
    shutdownDelayMs: 0,
    http: { maxHeaders: 100 },
  })
})
