import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { cliPath } from '../../harness/paths.ts'
import { missingComponents } from '../../harness/real-components.ts'
import { buildModelFile, tinyModel } from '../../src/engine/fasttext/testing/model-file-builder.ts'

/** Sets the window's title, clears the screen, and begins a line of its own. */
const hostile = '\u001b]0;owned\u0007\u001b[2J\u202ehi'
const severalLines = 'one\r\n\u001b[32mdone\u001b[39m\ntwo'

/** What runs a command at a pseudo-terminal of 200 columns; what it prints has CR LF at the ends of lines. */
function atTerminal(args: readonly string[]): readonly [program: string, args: string[]] {
  const quoted = args.map((arg) => `'${arg}'`).join(' ')
  return ['script', ['-qec', `stty cols 200 && exec ${process.execPath} ${cliPath} ${quoted}`, '/dev/null']]
}

function runAtTerminal(args: readonly string[]): string {
  return spawnSync(...atTerminal(args), { input: '', encoding: 'utf8' }).stdout
}

/** Types the answer when the question has been asked, and returns all that was shown. */
async function answerAtTerminal(args: readonly string[], question: string, answer: string): Promise<string> {
  const child = spawn(...atTerminal(args), { stdio: ['pipe', 'pipe', 'inherit'] })
  let shown = ''
  let isAsked = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text
    if (isAsked || !shown.includes(question)) return
    isAsked = true
    child.stdin.write(answer)
  })
  await once(child, 'close')
  return shown
}

function runInPipe(args: readonly string[], input = ''): string {
  return spawnSync(process.execPath, [cliPath, ...args], { input, encoding: 'utf8' }).stdout
}

const missing = missingComponents('bsdutils')

describe.skipIf(missing !== false)(
  `what somebody else has written${missing === false ? '' : ` (${missing})`}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'changeover-terminal-'))
    const model = join(folder, 'm_1795419027.bin')
    const config = join(folder, 'changeover.yaml')
    const service = join(folder, 'service.ts')
    beforeAll(() => {
      const [first = '__label__a', ...others] = tinyModel.labels
      writeFileSync(model, buildModelFile({ ...tinyModel, labels: [`${first}${hostile}`, ...others] }))
      writeFileSync(join(folder, 'lines.txt'), `你好\n__label__x${hostile} 你好\n`)
      writeFileSync(service, 'export {}')
      writeFileSync(config, `service: service.ts\nmodels: { m: { tokenizer: whitespace }, unnamed: {} }\n`)
      const said = runInPipe(['publish', model, '-c', config, '--note', hostile + severalLines])
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

    test.each([runAtTerminal, runInPipe])('a note of several lines stays in its line', (run) => {
      const shown = run(['models', 'show', 'm@1795419027', '-c', config])
      expect(shown).toMatch(/^note .*hione\\r\\n.*done.*\\ntwo\r?$/m)
    })

    test('in a pipe it is what it is', () => {
      expect(runInPipe(['predict', model, '-i', lines, '--tokenizer', 'whitespace', '-k', '5'])).toContain(
        hostile,
      )
    })

    test('errors and questions do not let it act either', async () => {
      const named = join(folder, `${hostile}_1.bin`)
      writeFileSync(named, buildModelFile(tinyModel))
      const asked = await answerAtTerminal(
        ['publish', named, '--model', 'unnamed', '-c', config],
        'or the name: ',
        '\u0003',
      )
      expect(asked).toContain('No tokenizer is specified for unnamed')
      const refused = runAtTerminal(['inspect', `${named}x`])
      for (const shown of [asked, refused])
        for (const control of ['\u001b]', '\u001b[2J', '\u0007', '\u202e'])
          expect(shown).not.toContain(control)
      expect(refused).toContain('\\x1b]0;owned')
    })

    test('a question is asked again until its answer is one', async () => {
      const file = join(folder, 'unnamed_1795419099.bin')
      writeFileSync(file, buildModelFile(tinyModel))
      const published = await answerAtTerminal(
        ['publish', file, '-c', config],
        'or the name: ',
        'nothing\r2\r',
      )
      expect(published.match(/or the name: /g)).toHaveLength(2)
      expect(published).toContain('unnamed@1795419099')
    })

    test('up asks for the tokenizer of a file that it is given', async () => {
      const given = mkdtempSync(join(folder, 'given-'))
      writeFileSync(join(given, 'm.bin'), buildModelFile(tinyModel))
      const args = ['up', '--chdir', given, 'm.bin', '--check-config']
      const shown = await answerAtTerminal(args, 'or the name: ', 'whitespace\r')
      expect(shown).toContain('No tokenizer is specified for m.')
      expect(shown).toContain('changeover.yaml: ok')
    })
  },
)
