import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { runCli } from '../../harness/cli.ts'
import { exampleFolder, firstModel } from '../../harness/paths.ts'
import { missingComponents } from '../../harness/real-components.ts'
import type { Supervisord } from '../../harness/stacks/supervisord.ts'
import { startSupervisord } from '../../harness/stacks/supervisord.ts'
import { until } from '../../harness/until.ts'
import { dataPaths } from '../../src/config/index.ts'
import type { StackStatus } from '../../src/contracts/index.ts'
import { createControlClient } from '../../src/control-api/index.ts'
import { showLog } from '../support/show-log.ts'

const missing = missingComponents('supervisor')

/** Writes down the events that supervisor sends it, by supervisor's own protocol. */
const listener = `import sys
with open(sys.argv[1], "a") as out:
    while True:
        sys.stdout.write("READY\\n")
        sys.stdout.flush()
        head = dict(pair.split(":") for pair in sys.stdin.readline().split())
        body = sys.stdin.read(int(head["len"]))
        out.write(head["eventname"] + " " + body + "\\n")
        out.flush()
        sys.stdout.write("RESULT 2\\nOK")
        sys.stdout.flush()
`

describe.skipIf(missing !== false)(`under supervisord${missing === false ? '' : ` (${missing})`}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'changeover-supervisord-'))
  const configPath = join(folder, 'changeover.yaml')
  const eventsFile = join(folder, 'events')
  const control = createControlClient(dataPaths(join(folder, '.changeover')).controlSocket)
  let supervisord: Supervisord

  const events = (name: string): string[] =>
    existsSync(eventsFile)
      ? readFileSync(eventsFile, 'utf8')
          .split('\n')
          .filter((line) => line.startsWith(`PROCESS_STATE_${name} processname:changeover `))
      : []
  const statusOfAnother = async (than: number): Promise<StackStatus> => {
    let found: StackStatus | undefined
    await until('a stack serves', async () => {
      found = await control.status().catch(() => undefined)
      return found !== undefined && found.pid !== than
    })
    return found as StackStatus
  }

  beforeAll(async () => {
    writeFileSync(
      configPath,
      `service: ${join(exampleFolder, 'service.ts')}
models: { name_question: { initial: ${firstModel}, tokenizer: jieba } }
primary: { bind: '127.0.0.1:0' }
backup: { bind: '127.0.0.1:0' }
gateway: { bind: '127.0.0.1:0' }
`,
    )
    const { stdout } = await runCli(['generate', 'supervisor', '--config', configPath])
    writeFileSync(join(folder, 'listener.py'), listener)
    const listenerSection = `[eventlistener:listener]
command=/usr/bin/python3 ${join(folder, 'listener.py')} ${eventsFile}
events=PROCESS_STATE
`
    // Its own place is a folder of root's, which this test leaves alone.
    const section = stdout.replace('/var/log/changeover.log', join(folder, 'changeover.log'))
    supervisord = startSupervisord(folder, listenerSection + section)
  })

  afterAll(async () => {
    await supervisord.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('starts the stack, tells its events, and keeps its log', async () => {
    const { gateway } = await statusOfAnother(0)
    expect((await fetch(gateway.address)).status).toBe(200)
    await until('it counts as running', () => events('RUNNING').length === 1)
    expect(supervisord.ctl('status', 'changeover')).toMatch(/^changeover\s+RUNNING\s+pid \d+/)
    expect(readFileSync(join(folder, 'changeover.log'), 'utf8')).toContain('ready; control API')
  })

  test('starts it again after a crash', async () => {
    const { pid, gateway, instances } = await statusOfAnother(0)
    const children = [
      gateway.status?.pid,
      ...instances.flatMap(({ workers }) => workers.map((worker) => worker?.pid)),
    ]
    // Everything at once, as when memory runs out: whether a next supervisor takes over what is left is another test's.
    for (const one of [pid, ...children]) if (one !== undefined) process.kill(one, 'SIGKILL')
    const again = await statusOfAnother(pid)
    expect((await fetch(again.gateway.address)).status).toBe(200)
    expect(events('EXITED')).toEqual([expect.stringContaining(`expected:0 pid:${pid}`)])
    await until('it counts as running', () => events('RUNNING').length === 2)
  })

  test('restarts it and stops it in order', async () => {
    const { pid } = await control.status()
    expect(supervisord.ctl('restart', 'changeover')).toContain('changeover: started')
    const { pid: another, gateway } = await statusOfAnother(pid)
    expect((await fetch(gateway.address)).status).toBe(200)

    expect(supervisord.ctl('stop', 'changeover')).toContain('changeover: stopped')
    await until('its events are there', () => events('STOPPED').length === 2)
    expect(events('STOPPED').at(-1)).toContain(`pid:${another}`)
    await expect(control.status()).rejects.toThrow(/no supervisor answers/)
    const log = showLog(readFileSync(join(folder, 'changeover.log'), 'utf8'))
    expect(log.trimEnd()).toMatch(/stopped$/)
  })
})
