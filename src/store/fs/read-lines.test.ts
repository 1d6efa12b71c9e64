import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'

import { linesBackwards, linesFrom } from './read-lines.ts'

const folder = mkdtempSync(join(tmpdir(), 'changeover-lines-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('both directions give the lines of a file, however they lie across the blocks', () => {
  const line = fc.oneof(
    fc.constant(''),
    fc.constant('字'.repeat(30_000)),
    fc.integer({ min: 65_400, max: 65_600 }).map((length) => 'x'.repeat(length)),
    fc.string().map((text) => text.replaceAll('\n', '')),
  )
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), fc.string(), (lines, rest) => {
      const path = join(folder, 'lines')
      const torn = rest.replaceAll('\n', '')
      writeFileSync(path, lines.map((text) => `${text}\n`).join('') + torn)
      const fd = openSync(path, 'r')
      try {
        const all = [...lines, torn].filter((text) => text !== '')
        expect([...linesBackwards(fd)].reverse()).toEqual(all)
        const forwards = [...linesFrom(fd, 0)]
        expect(forwards.map((one) => one.line)).toEqual(lines)
        const middle = forwards[Math.floor(forwards.length / 2)]
        if (middle !== undefined)
          expect([...linesFrom(fd, middle.end)]).toEqual(forwards.slice(forwards.indexOf(middle) + 1))
      } finally {
        closeSync(fd)
      }
    }),
    { numRuns: 60 },
  )
})
