import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export type Program = {
  readonly child: ChildProcess
  readonly pid: number
  readonly logFile: string
}

export type ProgramOptions = {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly logFile: string
  readonly signal: AbortSignal
}

const startTimeoutMs = 60_000
const stopTimeoutMs = 15_000
const lookMs = 20
const shownLogCharacters = 2_000

/** Starts a program that writes what it says to a file. Throws where the benchmark is ending. */
export function startProgram({ command, args, env, logFile, signal }: ProgramOptions): Program {
  signal.throwIfAborted()
  const log = openSync(logFile, 'a')
  const child = spawn(command, args, { stdio: ['ignore', log, log], env: { ...process.env, ...env } })
  closeSync(log)
  child.on('error', () => undefined)
  if (child.pid === undefined) throw new Error(`${command} could not be started`)
  return { child, pid: child.pid, logFile }
}

/** Asks a program to end; kills it, and whatever it has left, where it does not. */
export async function stopProgram({ child, pid }: Program): Promise<void> {
  if (hasEnded(child)) return
  const below = processTree(pid)
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const tooLate = setTimeout(() => below.forEach(killNow), stopTimeoutMs)
  await exited
  clearTimeout(tooLate)
}

/** Waits until an address of a program answers; throws with the end of its log where it does not come up. */
export async function untilUp(url: string, { child, logFile }: Program, signal: AbortSignal): Promise<void> {
  const endMs = Date.now() + startTimeoutMs
  for (;;) {
    const response = await fetch(url, { signal }).catch(() => undefined)
    if (response?.ok === true) return
    signal.throwIfAborted()
    if (hasEnded(child) || Date.now() > endMs)
      throw new Error(
        `${url} did not come up; its log ends:\n${readFileSync(logFile, 'utf8').slice(-shownLogCharacters)}`,
      )
    await sleep(lookMs, undefined, { signal })
  }
}

/** Looks for something until it is there. */
export async function untilFound<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  signal: AbortSignal,
): Promise<T> {
  const endMs = Date.now() + startTimeoutMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > endMs) throw new Error(`${what} was not there within ${startTimeoutMs / 1_000} s`)
    await sleep(lookMs, undefined, { signal })
  }
}

/** Ports of 127.0.0.1 that nobody listens on now. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** A process and all below it. */
export function processTree(pid: number): readonly number[] {
  return [pid, ...childrenOf(pid).flatMap(processTree)]
}

export function childrenOf(pid: number): readonly number[] {
  const text = readProcess(pid, `task/${pid}/children`).trim()
  return text === '' ? [] : text.split(' ').map(Number)
}

/** Whether a process has not ended; one that nobody has waited for has no command line any more. */
export function isAlive(pid: number): boolean {
  return readProcess(pid, 'cmdline') !== ''
}

export type ProcessMemory = { readonly name: string; readonly pssMb: number }

/** The proportional set size of a process, in MiB: of memory that n processes share, each counts 1/n. */
export function processMemory(pid: number): ProcessMemory {
  const [command = '', script = ''] = readProcess(pid, 'cmdline').split('\0')
  const kilobytes = Number(/^Pss: +(\d+)/m.exec(readProcess(pid, 'smaps_rollup'))?.[1] ?? 0)
  return { name: [command, script].map((part) => basename(part)).join(' '), pssMb: kilobytes / 1_024 }
}

function readProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has already exited.
  }
}
