import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { cliPath } from '../../harness/paths.ts'
import { buildModelFile, TINY_MODEL } from '../../src/engine/fasttext/testing/model-file-builder.ts'

/** Sets the window's title, clears the screen, and begins a line of its own. */
const hostile = '\u001b]0;owned\u0007\u001b[2J\u202ehi'

/** Runs a command at a pseudo-terminal of 200 columns; what it prints has CR LF at the ends of lines. */
function runAtTerminal(args: readonly string[], input = ''): string {
  const command = [
    'stty',
    'cols',
    '200',
    '&&',
    'exec',
    process.execPath,
    cliPath,
    ...args.map((arg) => `'${arg}'`),
  ]
  const { stdout } = spawnSync('script', ['-qec', command.join(' '), '/dev/null'], {
    input,
    encoding: 'utf8',
  })
  return stdout
}

function runInPipe(args: readonly string[], input = ''): string {
  return spawnSync(process.execPath, [cliPath, ...args], { input, encoding: 'utf8' }).stdout
}

describe('what somebody else has written', () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-terminal-'))
  const model = join(folder, 'm_1795419027.bin')
  const config = join(folder, 'changeover.yaml')
  const service = join(folder, 'service.ts')
  beforeAll(() => {
    const [first = '__label__a', ...others] = TINY_MODEL.labels
    writeFileSync(model, buildModelFile({ ...TINY_MODEL, labels: [`${first}${hostile}`, ...others] }))
    writeFileSync(join(folder, 'lines.txt'), `你好\n__label__x${hostile} 你好\n`)
    writeFileSync(service, 'export {}')
    writeFileSync(config, `service: service.ts\nmodels: { m: { tokenizer: whitespace } }\n`)
    const said = runInPipe(['publish', model, '-c', config, '--note', hostile])
    expect(said).toContain('m@1795419027')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const lines = join(folder, 'lines.txt')
  test.each([
    ['inspect', [model]],
    ['predict', [model, '-i', lines, '--tokenizer', 'whitespace', '-k', '5']],
    ['models', ['show', 'm@1795419027', '-c', config]],
    ['history', ['-c', config]],
  ])('%s shows it on a terminal, and does not let it act', (command, args) => {
    const shown = runAtTerminal([command, ...args])
    expect(shown).toContain('\\x1b]0;owned\\x07\\x1b[2J\\u202ehi')
    for (const control of ['\u001b]', '\u001b[2J', '\u0007', '\u202e']) expect(shown).not.toContain(control)
  })

  test('in a pipe it is what it is', () => {
    expect(runInPipe(['predict', model, '-i', lines, '--tokenizer', 'whitespace', '-k', '5'])).toContain(
      hostile,
    )
  })

  test('errors and questions do not let it act either', () => {
    const named = join(folder, `${hostile}_1.bin`)
    writeFileSync(named, buildModelFile(TINY_MODEL))
    const asked = runAtTerminal(['publish', named, '--model', 'm', '-c', config], '\u0003')
    const refused = runAtTerminal(['inspect', `${named}x`])
    for (const shown of [asked, refused])
      for (const control of ['\u001b]', '\u001b[2J', '\u0007', '\u202e']) expect(shown).not.toContain(control)
    expect(refused).toContain('\\x1b]0;owned')
  })
})
