import type { ListeningName, ProcessStart, SpawnCommand } from '../../contracts/index.ts'
import { ChangeoverError } from '../../contracts/index.ts'
import { sendCommand } from '../../ipc/index.ts'
import type { Launched, ListeningSocket } from '../../process/index.ts'
import {
  formatAddress,
  launch,
  openListeningSocket,
  refuseLeftOver,
  startTimeoutMs,
} from '../../process/index.ts'
import { identify } from '../../run-folder/index.ts'

export type LauncherOptions = {
  readonly entries: Readonly<Record<ProcessStart['kind'], string>>
  /** Where each process listens, if its sockets are not open yet. */
  readonly binds: () => Readonly<Partial<Record<ListeningName, readonly string[]>>>
  /** The sockets of processes that live, on which they can be asked. */
  readonly livingSockets: () => readonly string[]
}

/** A process that was started; what it ended with is known of one's own children alone. */
export type Started = Pick<Launched, 'identity'> & Partial<Pick<Launched, 'exited'>>

/**
 * Starts processes on the stack's listening sockets. A supervisor that has opened these hands them on itself; one that has
 * adopted a running stack has none of them, and asks a process that lives to start the new one.
 */
export class Launcher {
  readonly #options: LauncherOptions
  readonly #sockets = new Map<ListeningName, ListeningSocket[]>()
  #isOver = false

  constructor(options: LauncherOptions) {
    this.#options = options
  }

  /** Takes the ports unless it holds them; nobody accepts on them yet. Throws `port_in_use` and `bind_failed`, and holds none then. */
  open(): void {
    if (this.#sockets.size > 0) return
    const { binds } = this.#options
    try {
      for (const [name, wanted] of Object.entries(binds()) as [ListeningName, readonly string[]][]) {
        const opened: ListeningSocket[] = []
        this.#sockets.set(name, opened)
        for (const bind of wanted) opened.push(openListeningSocket(bind))
      }
      refuseLeftOver()
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Lets go of the ports for good, and starts nothing any more. */
  end(): void {
    this.#isOver = true
    this.close()
  }

  /** Lets go of the ports; processes that were started hold them on. */
  close(): void {
    for (const socket of [...this.#sockets.values()].flat()) socket.close()
    this.#sockets.clear()
  }

  /** Where the sockets that were opened here listen. */
  addresses(name: ListeningName): readonly string[] {
    return (this.#sockets.get(name) ?? []).map(({ address }) => formatAddress(address))
  }

  /** Starts a process and waits until it is ready. Throws `start_failed`, or the process's own error. */
  async launch(start: ProcessStart): Promise<Started> {
    if (this.#isOver)
      throw new ChangeoverError('not_running', `${start.name} is not started: everything is being stopped`)
    const entry = this.#options.entries[start.kind]
    if (this.#sockets.size === 0) {
      const started = await this.#launchThroughAnother({ do: 'spawn', entry, start })
      if (started !== undefined) return started
      this.open()
    }
    const handles = new Map(
      [...this.#sockets].map(([name, sockets]) => [name, sockets.map(({ handle }) => handle)]),
    )
    return launch(entry, start, handles)
  }

  /** Undefined if no living process could. */
  async #launchThroughAnother(command: SpawnCommand): Promise<Started | undefined> {
    for (const socketPath of this.#options.livingSockets()) {
      try {
        const pid = (await sendCommand(socketPath, command, startTimeoutMs)) as number
        const identity = identify(pid)
        if (identity !== undefined) return { identity }
        throw new ChangeoverError('start_failed', `${command.start.name} ended as soon as it was ready`)
      } catch (error) {
        const isGone =
          error instanceof ChangeoverError && (error.code === 'link_closed' || error.code === 'timed_out')
        if (!isGone) throw error
      }
    }
    return undefined
  }
}
