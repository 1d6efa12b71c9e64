import { expect, test } from 'vitest'

import type { Config } from '../config/schema/index.ts'
import type { ReloadEvent } from '../contracts/index.ts'
import type { ProcessGroup } from './replaceable-group.ts'
import { ReplaceableGroup } from './replaceable-group.ts'

const group = (retire: () => Promise<void>): ProcessGroup => ({
  processes: [],
  startBeside: () => Promise.resolve(),
  close: () => Promise.resolve(),
  takePlaces: () => undefined,
  retire,
})

test.each(['retire', 'finish'])(
  'what a reload has read is taken also if it fails to %s what was there',
  async (failing) => {
    const failIf = (step: string) => (): Promise<void> =>
      step === failing ? Promise.reject(new Error(`cannot ${step}`)) : Promise.resolve()
    const [before, after] = [{}, {}] as [Config, Config]
    const taken: Config[] = []
    const replaceable = new ReplaceableGroup({
      config: before,
      loadConfig: () => Promise.resolve(after),
      runFolder: '/nowhere',
      launcher: { end: () => undefined },
      log: () => undefined,
      applyLogSettings: () => undefined,
      create: () => group(failIf('retire')),
      prepare: () => Promise.resolve(),
      fixed: () => ({}),
      onTaken: (config) => void taken.push(config),
      onReplaced: failIf('finish'),
      startCommand: 'changeover up',
    })
    const events: ReloadEvent[] = []
    await replaceable.reload((event) => void events.push(event))
    expect(events.at(-1)).toMatchObject({ type: 'end', ok: false })
    expect(taken).toEqual([after])
    expect(taken[0]).toBe(after)
  },
)
