import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { missingComponents } from '../../harness/real-components.ts'
import { findFiles } from '../../src/cli/input/find-files.ts'
import { parseSections } from '../../src/integrations/ini/parse-sections.ts'

function python(program: string, input: unknown): unknown {
  const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', program], {
    encoding: 'utf8',
    input: JSON.stringify(input),
  })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout) as unknown
}

const noSupervisor = missingComponents('supervisor')
describe.skipIf(noSupervisor !== false)(
  `supervisor’s own reader${noSupervisor === false ? '' : ` (${noSupervisor})`}`,
  () => {
    const lines = fc.constantFrom(
      '[a]',
      '  [a]',
      '[b] ; comment',
      '\t[program:c]',
      '[DEFAULT]',
      'k=v',
      '  k = v',
      '\tk: v ; comment',
      'K=V#not',
      'k = v # comment',
      'other=x=y:z',
      'url: http://a',
      '    more',
      '        deeper',
      ' [no]',
      ' x=1',
      '# comment',
      '   ; comment',
      'k=',
      'k=\t',
      '=v',
      'word',
      '',
      '   ',
    )
    const texts = fc.sample(
      fc.array(lines, { maxLength: 12 }).map((list) => list.join('\n')),
      { numRuns: 3_000, seed: 11 },
    )

    test('reads sections, keys and values alike, and refuses the same', () => {
      const theirs = python(
        `
import json, sys, configparser, io
from supervisor.options import UnhosedConfigParser
found = []
for text in json.load(sys.stdin):
    parser = UnhosedConfigParser()
    try:
        parser.read_file(io.StringIO(text))
        found.append([[name, sorted([key, value.split()] for key, value in parser._sections[name].items())] for name in parser._sections])
    except configparser.Error:
        found.append(None)
print(json.dumps(found))`,
        texts,
      ) as readonly unknown[]
      const ours = texts.map(readAll)
      expect(ours.filter((one) => one !== null).length).toBeGreaterThan(300)
      for (const [index, text] of texts.entries()) expect([text, ours[index]]).toEqual([text, theirs[index]])
    })
  },
)

/** The sections as Python's parser has them: a later value in the place of an earlier one. */
function readAll(text: string): unknown {
  try {
    const sections = new Map<string, Map<string, readonly string[]>>()
    for (const { name, entries } of parseSections(text, 'a.conf')) {
      if (name === 'DEFAULT') continue
      const section = sections.get(name) ?? new Map<string, readonly string[]>()
      sections.set(name, section)
      for (const { key, value } of entries)
        section.set(
          key,
          value.split(/\s+/).filter((word) => word !== ''),
        )
    }
    return [...sections].map(([name, entries]) => [name, [...entries].sort(([a], [b]) => (a < b ? -1 : 1))])
  } catch {
    return null
  }
}

const noNginx = missingComponents('nginx')
describe.skipIf(noNginx !== false)(
  `the files that a pattern names${noNginx === false ? '' : ` (${noNginx})`}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'changeover-patterns-'))
    const names = [
      'a.conf',
      'b.conf',
      'B.conf',
      '.hidden.conf',
      'ab.conf',
      'a-b.conf',
      '10.conf',
      '2.conf',
      'a{b,c}.conf',
      '@(a).conf',
      '!a.conf',
      '+x.conf',
      'a b.conf',
      '名字典.conf',
      'a.conf.bak',
      'sub/a.conf',
      'sub/deep/a.conf',
      'other/b.conf',
    ]
    const patterns = [
      '*.conf',
      '*',
      'a*.conf',
      '?.conf',
      '??.conf',
      '[ab].conf',
      '[!ab].conf',
      '[a-z]*.conf',
      '[[:alpha:]].conf',
      '[0-9]*.conf',
      '.*.conf',
      '*/*.conf',
      '*/a.conf',
      'su?/*.conf',
      '**/a.conf',
      'a{b,c}*',
      '@(a)*',
      '!a*',
      '+x*',
      '*.none',
      'none/*.conf',
      'a.conf/*',
    ]

    beforeAll(() => {
      for (const name of names) {
        mkdirSync(dirname(join(folder, 'files', name)), { recursive: true })
        writeFileSync(join(folder, 'files', name), `# ${name}\n`)
      }
      mkdirSync(join(folder, 'files', 'folder.conf.d'))
    })
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    test.each(patterns)('%s', (pattern) => {
      const path = join(folder, 'files', pattern)
      const ours = findFiles.match(path).flatMap((file) => ('text' in file ? [file.path] : []))
      const main = join(folder, 'nginx.conf')
      writeFileSync(
        main,
        `pid ${join(folder, 'pid')}; error_log /dev/null; events {} http { access_log off; include "${path}"; }`,
      )
      const { stdout } = spawnSync('/usr/sbin/nginx', ['-T', '-q', '-c', main], { encoding: 'utf8' })
      const theirs = [...stdout.matchAll(/^# configuration file (.*):$/gm)].map(([, file = '']) => file)
      // Where nothing matches nginx is content too; a name that it cannot read it refuses, and Python passes over it.
      if (stdout !== '') expect(ours).toEqual(theirs.slice(1))
      if (pattern.includes('[[:')) return
      const pythons = python(
        'import glob, json, os, sys; print(json.dumps(sorted(p for p in glob.glob(json.load(sys.stdin)) if os.path.isfile(p))))',
        path,
      )
      expect(ours).toEqual(pythons)
    })

    test('says what is there and cannot be read, and waits for no pipe', () => {
      spawnSync('mkfifo', [join(folder, 'pipe')])
      const faults = ['pipe', 'files'].map((name) => findFiles.match(join(folder, name)))
      expect(faults).toMatchObject([[{ fault: 'it is not a file' }], [{ fault: 'it is not a file' }]])
      expect(findFiles.match(join(folder, 'nothing'))).toEqual([])
    })
  },
)
