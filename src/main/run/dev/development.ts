import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Config } from '../../../config/schema/index.ts'
import type { Log, ReloadEvent } from '../../../contracts/index.ts'
import { toMessage } from '../../../contracts/index.ts'
import { currentUser } from '../../../store/index.ts'
import type { Supervisor } from '../../../supervisor/index.ts'
import { inspectService } from '../service/check-service.ts'
import type { LocatedError } from '../service/locate-error.ts'
import { signatureOf } from './file-signature.ts'
import { FileWatch } from './file-watch.ts'
import { nameFile, showFault } from './show-fault.ts'

export type DevelopmentOptions = {
  readonly configPath: string
  readonly runFolder: string
  /** Reads the configuration as it is now. */
  readonly loadConfig: () => Promise<Config>
  readonly log: Log
  /** Shows text of several lines. */
  readonly print: (text: string) => void
}

type Served = Pick<Supervisor, 'busyWith' | 'deploy' | 'reload'>

/** Often enough that it seems at once, and seldom enough to cost nothing. */
const intervalMs = 150

/** Has what is saved served: code and configuration by a reload, the `initial` file of a model by a deploy. */
export class Development {
  readonly #options: DevelopmentOptions
  readonly #watch = new FileWatch({ signatureOf, intervalMs })
  readonly #closing = new AbortController()
  #isServing = false
  /** The files of the service and the configuration, the last time that all of them loaded. */
  #code: readonly string[] = []
  /** The `initial` files by model, as they were served. */
  #initial: ReadonlyMap<string, string> = new Map()
  /** What has changed and is not served yet. */
  readonly #pending = new Set<string>()
  #running: Promise<void> | undefined

  constructor(options: DevelopmentOptions) {
    this.#options = options
  }

  /** Shows what is wrong with the configuration or the service until nothing is. Resolves to the configuration; undefined after `close`. */
  async untilSound(): Promise<Config | undefined> {
    for (;;) {
      const config = await this.#check()
      if (this.#closing.signal.aborted) return undefined
      if (config !== undefined) {
        this.#initial = initialFiles(config)
        return config
      }
      if ((await this.#watch.next(this.#closing.signal)) === undefined) return undefined
    }
  }

  /** Serves what is saved from now on. */
  start(supervisor: Served): void {
    this.#isServing = true
    const files = this.#code.map(nameFile).sort()
    this.#options.log(
      'info',
      `watching ${listed(files)}: what you save is served at once; types are not checked`,
    )
    this.#running = this.#serveChanges(supervisor)
  }

  /** Resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#running
  }

  async #serveChanges(supervisor: Served): Promise<void> {
    const { signal } = this.#closing
    for (;;) {
      const changed = await this.#watch.next(signal)
      if (changed === undefined) return
      this.#options.log('info', `${describeChange(changed)} changed`)
      try {
        for (const path of changed) this.#pending.add(path)
        await this.#serve(supervisor)
      } catch (error) {
        this.#options.log('error', toMessage(error))
      }
    }
  }

  async #serve(supervisor: Served): Promise<void> {
    const config = await this.#check()
    if (config === undefined) return
    const models = new Set([...this.#initial.values(), ...initialFiles(config).values()])
    const code = [...this.#pending].filter((path) => !models.has(path))
    if (code.length > 0 && !(await this.#reload(supervisor))) return
    for (const path of code) this.#pending.delete(path)
    await this.#deployChanged(supervisor, config)
  }

  /** False if it failed, which the supervisor logs, or if there is something newer to load. */
  async #reload(supervisor: Served): Promise<boolean> {
    const { log } = this.#options
    let isTold = false
    for (;;) {
      if (this.#closing.signal.aborted) return false
      const { busyWith } = supervisor
      if (busyWith === undefined) {
        let end: ReloadEvent | undefined
        await supervisor.reload((event) => (end = event))
        if (end?.type !== 'end') return false
        if (end.ok || end.error.code !== 'rollout_busy') return end.ok
      } else {
        if (!isTold) log('info', `it is loaded when ${busyWith} has ended`)
        isTold = true
        await sleep(intervalMs)
      }
      if (isTold && (await this.#watch.hasChanged())) return false
    }
  }

  /** Models whose `initial` file is another one, or has another content. A version that serves already stays. */
  async #deployChanged(supervisor: Served, config: Config): Promise<void> {
    const before = this.#initial
    this.#initial = initialFiles(config)
    for (const [model, file] of this.#initial) {
      const earlier = before.get(model)
      const isChanged = earlier !== undefined && (earlier !== file || this.#pending.has(file))
      this.#pending.delete(file)
      if (!isChanged || !existsSync(file)) continue
      await supervisor.deploy(
        { target: file, model, by: currentUser(), why: `saved during \`changeover dev\`` },
        () => undefined,
      )
    }
  }

  async #showFault(fault: LocatedError): Promise<void> {
    // Ctrl-C ends the process that loads the service, too.
    if (this.#closing.signal.aborted) return
    const state = this.#isServing ? 'What was served before goes on serving' : 'Nothing is served yet'
    this.#options.print(`${await showFault(fault)}${state}; save a file to try again.\n\n`)
  }

  /** The configuration, if it and the service can be used; if not, shows why not. Watches what was read either way. */
  async #check(): Promise<Config | undefined> {
    const { configPath, runFolder, loadConfig } = this.#options
    const readAtMs = Date.now()
    let config: Config
    try {
      config = await loadConfig()
    } catch (error) {
      await this.#showFault({ reason: toMessage(error) })
      await this.#watch.setPaths([configPath, ...this.#code, ...this.#initial.values()], readAtMs)
      return undefined
    }
    const inspected = await inspectService(config.service, runFolder, this.#closing.signal)
    const models = initialFiles(config).values()
    const read = [configPath, ...(config.service === undefined ? [] : [config.service]), ...inspected.files]
    if (!('fault' in inspected)) {
      this.#code = [...new Set(read)]
      await this.#watch.setPaths([...this.#code, ...models], readAtMs)
      return config
    }
    await this.#showFault(inspected)
    // What was not loaded because of the fault still counts; a file that is missing may be created in any of the folders.
    const known = [...this.#code, ...read]
    await this.#watch.setPaths([...known, ...known.map((path) => dirname(path)), ...models], readAtMs)
    return undefined
  }
}

function initialFiles({ models }: Config): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(models).flatMap(([model, { initial }]) =>
      initial === undefined ? [] : [[model, initial]],
    ),
  )
}

/** A folder in which a file was created is not worth a word beside that file. */
function describeChange(changed: readonly string[]): string {
  return listed(changed.filter((path) => !changed.some((other) => dirname(other) === path)).map(nameFile))
}

function listed(names: readonly string[]): string {
  const max = 5
  const shown = names.slice(0, max).join(', ')
  return names.length > max ? `${shown} and ${names.length - max} more` : shown
}
