import { expect, test } from 'vitest'

import { formatSections } from './format-sections.ts'
import { parseSections } from './parse-sections.ts'

test('what is written is read back', () => {
  const sections = [
    { name: 'program:a', entries: [{ key: 'command', value: "/usr/bin/a 'b c' %%" }] },
    { name: 'b', entries: [] },
  ]
  expect(parseSections(formatSections(sections), 'a.conf')).toMatchObject(sections)
})

test('comments, both signs, values of several lines, keys in any case', () => {
  const text = `; a comment
[program:a] ; another
Command = a;b # and another
environment: A="1",
  B="2"

# autostart=false
[include]
files = conf.d/*.conf
`
  expect(parseSections(text, 'a.conf')).toEqual([
    {
      name: 'program:a',
      line: 2,
      entries: [
        { key: 'command', value: 'a;b', line: 3 },
        {
          key: 'environment',
          value: 'A="1",\nB="2"',
          line: 4,
          parts: [
            { text: 'A="1",', line: 4 },
            { text: 'B="2"', line: 5 },
          ],
        },
      ],
    },
    { name: 'include', line: 8, entries: [{ key: 'files', value: 'conf.d/*.conf', line: 9 }] },
  ])
})

test.each(['a=b', '[a]\nno sign'])('reports where %j is wrong', (text) => {
  expect(() => parseSections(text, 'a.conf')).toThrow(/^a\.conf:\d: “/)
})
