import { spawn } from 'node:child_process'

import stringWidth from 'string-width'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'

import { cliPath, routePath, secondModel } from '../../harness/paths.ts'
import { missingComponents } from '../../harness/real-components.ts'
import { until } from '../../harness/until.ts'
import type { AtTerminal } from '../support/at-terminal.ts'
import { runAtTerminal } from '../support/at-terminal.ts'
import { startLoad } from '../support/load.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const missing = missingComponents('python3')

const body = JSON.stringify({ text: [['您贵姓', 5]] })

describe('status --watch', () => {
  let stack: Stack
  beforeAll(async () => {
    stack = await startStack({ bakeMs: 3_000 })
  })
  afterAll(() => stack.stop())

  const command = (...options: string[]): string[] => [
    process.execPath,
    cliPath,
    'status',
    '--watch',
    '--config',
    stack.configPath,
    ...options,
  ]

  describe.skipIf(missing !== false)(`at a terminal${missing === false ? '' : ` (${missing})`}`, () => {
    let terminal: AtTerminal
    afterEach(() => terminal.close())
    const isLeft = (): boolean => terminal.written().endsWith('\u001b[?7h\u001b[?25h\u001b[?1049l')

    test('shows rates, labels and the steps of a deploy, as wide as the terminal is, until q', async () => {
      terminal = runAtTerminal([100, 40], command())
      await terminal.untilShown(/^live\n(.*\n)*gateway +up(.*\n)*primary +up(.*\n)*name_question@1795419027/)
      const load = startLoad(stack.gateway + routePath, 1, () => body, 20)
      onTestFinished(() => void load.stop())
      await terminal.untilShown(/requests +[1-9][\d.]*\/s/)
      await terminal.untilShown(/ name +█+ 100.0 %/)
      const deploy = stack.deploy(secondModel)
      await terminal.untilShown(
        /deploy name_question@1795419028 .*under way\n(.*\n)* +✓ publish .*\n(.*\n)* +… bake primary/,
      )
      expect((await deploy).at(-1)).toMatchObject({ ok: true })
      await terminal.untilShown(/deploy name_question@1795419028 .*done in/)
      await terminal.untilShown(/name_question@1795419028 +since .*before: 1795419027/)

      terminal.resize(30, 12)
      await until('it is drawn as narrow', () => terminal.screen().every((line) => stringWidth(line) <= 30))
      await until('it is drawn as low', () => terminal.screen().length <= 12)
      expect(terminal.screen().some((line) => line.endsWith('…'))).toBe(true)
      expect(terminal.screen().at(-1)).toBe('q quits')

      terminal.press('x\u001b[A')
      terminal.press('q')
      expect(await terminal.ended).toEqual({ code: 0, restored: true })
      expect(isLeft()).toBe(true)
    })

    test('says that it has lost its connection, marks what is old, and goes on with the next supervisor', async () => {
      terminal = runAtTerminal([100, 40], command(), { NO_COLOR: '1' })
      await terminal.untilShown(/^live\n/)
      process.kill(stack.supervisor.pid ?? 0, 'SIGSTOP')
      await terminal.untilShown(/^NO DATA for \d+ s; what is below is old\n(.*\n)*old latency/)
      process.kill(stack.supervisor.pid ?? 0, 'SIGCONT')
      await terminal.untilShown(/^live\n(.*\n)*latency/)
      stack = await stack.superviseAnew(() =>
        terminal.untilShown(/^CONNECTION LOST \d+ s ago, trying again: .*\n(.*\n)*old latency/),
      )
      await terminal.untilShown(new RegExp(`^live\nsupervisor ${stack.supervisor.pid},`))
      expect(terminal.written()).not.toMatch(/\u001b\[3\dm/)
      terminal.press('\u0003')
      expect(await terminal.ended).toEqual({ code: 0, restored: true })
      expect(isLeft()).toBe(true)
    })

    test('gives the terminal back if it is ended by a signal', async () => {
      terminal = runAtTerminal([100, 40], command())
      await terminal.untilShown(/^live\n/)
      terminal.signal('SIGTERM')
      expect(await terminal.ended).toMatchObject({ restored: true })
      expect(isLeft()).toBe(true)
    })
  })

  test('prints a line for each change into a pipe, or each event as JSON', async () => {
    const [lines, json] = [command(), command('--json')].map(([node = '', ...args]) => {
      const child = spawn(node, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      let printed = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
      const code = new Promise((resolve) => child.once('exit', resolve))
      return { child, printed: () => printed, code }
    })
    if (lines === undefined || json === undefined) throw new Error('both were started')
    await until(
      'both follow',
      () => lines.printed().includes('name_question: ') && json.printed().includes('"snapshot"'),
    )
    await stack.cli('rollback')
    await until('the end is printed', () => lines.printed().includes('done in'))
    lines.child.kill('SIGTERM')
    expect(await lines.code).toBe(0)
    const changes = lines.printed()
    expect(changes).toMatch(/UTC {2}primary 0: up, process \d+\n/)
    expect(changes).toMatch(/rollback name_question@1795419027 by .*: ✓ /)
    expect(changes).not.toContain('\u001b')
    await until('the end is in the JSON', () => /"type":"end","ok":true/.test(json.printed()))
    json.child.kill('SIGTERM')
    await json.code
    const types = json
      .printed()
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type)
    expect(types[0]).toBe('snapshot')
    expect(types).toContain('figures')
  })
})
