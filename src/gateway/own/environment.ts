import { connect } from 'node:net'

import type { Frame } from '../../ipc/index.ts'
import { Link } from '../../ipc/index.ts'
import { isStopped } from '../../run-folder/index.ts'

/** The events of a link, for the end that opened it. */
export type LinkEvents = {
  readonly onFrame: (frame: Frame) => void
  /** The link is no longer full. */
  readonly onDrain: () => void
  readonly onClose: (reason: string) => void
}

/** The gateway's end of a link to a worker. */
export type WorkerLink = Pick<Link, 'isFull' | 'writes' | 'request' | 'signal' | 'end'>

/**
 * What the dispatcher gets from outside: the clock, links to workers, and whether a process is stopped. Tests pass one of their
 * own, in which hours take milliseconds. Times are in ms, as `performance.now()` gives them.
 */
export type Environment = {
  readonly nowMs: () => number
  /** Both return what cancels the work. */
  readonly after: (delayMs: number, work: () => void) => () => void
  readonly every: (periodMs: number, work: () => void) => () => void
  readonly openLink: (socketPath: string, events: LinkEvents) => WorkerLink
  readonly isStopped: (pid: number) => boolean
}

export const systemEnvironment: Environment = {
  nowMs: () => performance.now(),
  after: (delayMs, work) => {
    const timer = setTimeout(work, delayMs)
    return () => clearTimeout(timer)
  },
  // After what has come in this turn: a process that was itself blocked must not take others for hung.
  every: (periodMs, work) => {
    const timer = setInterval(() => setImmediate(work), periodMs)
    return () => clearInterval(timer)
  },
  openLink: (socketPath, events) => new Link(connect(socketPath), events),
  isStopped,
}
