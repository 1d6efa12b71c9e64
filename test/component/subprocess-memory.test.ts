import { fork } from 'node:child_process'
import { readFileSync } from 'node:fs'

import { expect, onTestFinished, test } from 'vitest'

import { builtEntry } from '../../harness/paths.ts'
import { until } from '../../harness/until.ts'

test.each(['publisher', 'gatekeeper'])(
  'the %s may not take the machine’s memory, and is the first to be ended if that runs out',
  async (name) => {
    const child = fork(builtEntry(`entry/${name}`))
    onTestFinished(() => void child.kill('SIGKILL'))
    const read = (file: string): string => readFileSync(`/proc/${child.pid ?? 0}/${file}`, 'utf8')
    const limit = (): string | undefined => /^Max data size +(\S+)/m.exec(read('limits'))?.[1]
    await until('it is limited', () => limit() === String(2 * 2 ** 30))
    await until('it is marked', () => read('oom_score_adj').trim() === '1000')
    expect(child.exitCode).toBeNull()
  },
)
