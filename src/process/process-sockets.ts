import { readdirSync, readlinkSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

/** A process by the place that it was started for. */
export type FoundProcess = { readonly name: string; readonly pid: number }

const ownSocketName = /^(?<name>[a-z]+(?:-\d+)?)\.(?<pid>\d+)\.sock$/

/** The socket of a place in the stack: a symbolic link to the own socket of the process that has it now. */
export function placeSocket(runFolder: string, name: string): string {
  return join(runFolder, `${name}.sock`)
}

/** The socket that a process listens on; its name identifies the process, even if it no longer answers. */
export function ownSocket(runFolder: string, { name, pid }: FoundProcess): string {
  return join(runFolder, `${name}.${pid}.sock`)
}

/** Gives a process its place, atomically: a client connects to the process before it or to this one. */
export function putInPlace(runFolder: string, { name, pid }: FoundProcess): void {
  const beside = join(runFolder, `${name}.${pid}.link`)
  symlinkSync(`${name}.${pid}.sock`, beside)
  renameSync(beside, placeSocket(runFolder, name))
}

/** The process that has a place, alive or not. */
export function findInPlace(runFolder: string, name: string): FoundProcess | undefined {
  try {
    return parseOwnSocket(readlinkSync(placeSocket(runFolder, name)))
  } catch {
    return undefined
  }
}

/** Every process that has left a socket in the folder: in a place, on its way there, retired, or dead. */
export function listProcesses(runFolder: string): FoundProcess[] {
  try {
    return readdirSync(runFolder).flatMap((file) => parseOwnSocket(file) ?? [])
  } catch {
    return []
  }
}

function parseOwnSocket(file: string): FoundProcess | undefined {
  const { name, pid } = ownSocketName.exec(file)?.groups ?? {}
  return name === undefined ? undefined : { name, pid: Number(pid) }
}
