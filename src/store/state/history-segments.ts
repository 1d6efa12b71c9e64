import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import { removeQuietly, syncFolder } from '../fs/durable-write.ts'
import type { Files } from '../fs/files.ts'
import { failureCode } from '../fs/files.ts'
import { historyFile } from '../layout.ts'

/** A history file that has grown to `segmentBytes` is rotated: renamed to a segment; a segment is removed when more than `keptBytes` have followed it. */
export type HistoryLimits = { readonly segmentBytes: number; readonly keptBytes: number }

/** The second part was random in earlier builds, which gave two segments the same number now and then. */
const segmentName = /^history-(\d+)-[0-9a-f]+\.jsonl$/

const numberOf = (name: string): number => Number(segmentName.exec(name)?.[1] ?? 0)

/** The paths of the segments, the latest first. */
export function listSegments(
  storePath: string,
  files: Pick<Files, 'readdirSync'> = { readdirSync },
): string[] {
  try {
    const names = files.readdirSync(storePath).filter((name) => segmentName.test(name))
    return names
      .sort((a, b) => numberOf(b) - numberOf(a) || (a < b ? 1 : -1))
      .map((name) => join(storePath, name))
  } catch {
    return []
  }
}

/**
 * Renames a full history to the segment with the next number. Several processes may do so at once: none replaces what
 * another has renamed, and what one of them still writes into a file that was just renamed is read there. If it fails, the
 * history keeps growing: its lines matter more.
 */
export function rotate(storePath: string, files: Files, { segmentBytes }: HistoryLimits): void {
  try {
    const path = historyFile(storePath)
    const full = files.statSync(path, { throwIfNoEntry: false })
    if (full === undefined || full.size < segmentBytes) return
    const segment = moveToNextSegment(path, storePath, files)
    // Another process renamed the full file first, and this is the one after it: its number must be later too.
    if (files.statSync(segment).ino !== full.ino) moveToNextSegment(segment, storePath, files)
    syncFolder(storePath, files)
  } catch {
    // The next line tries it again.
  }
}

/** Renames a file, within the folder so that a power cut leaves it under one name. Returns its new path. */
function moveToNextSegment(path: string, storePath: string, files: Files): string {
  const segment = reserveSegment(storePath, files)
  try {
    files.renameSync(path, segment)
  } catch (error) {
    removeQuietly(segment, files)
    throw error
  }
  return segment
}

/** Reserves the next number, by an empty file that the segment replaces: a number that another process reserves meanwhile is skipped. */
function reserveSegment(storePath: string, files: Files): string {
  for (let number = 1 + latestNumber(storePath, files); ; number++) {
    const segment = join(storePath, `history-${String(number).padStart(6, '0')}-0.jsonl`)
    try {
      files.closeSync(files.openSync(segment, 'wx', 0o644))
      return segment
    } catch (error) {
      if (failureCode(error) !== 'EEXIST') throw error
    }
  }
}

function latestNumber(storePath: string, files: Files): number {
  return Math.max(0, ...files.readdirSync(storePath).map(numberOf))
}

/** Removes the segments that are followed by enough, the oldest first and none after one that stays: the history has no gap. */
export function removeOldSegments(storePath: string, { keptBytes }: HistoryLimits, files: Files): void {
  try {
    // Before the current file is measured, so that one that is renamed meanwhile is not counted as following itself.
    const segments = listSegments(storePath, files)
    let followedBy = files.statSync(historyFile(storePath)).size
    const old: string[] = []
    for (const segment of segments) {
      const size = files.statSync(segment, { throwIfNoEntry: false })?.size ?? 0
      // By what has followed it, not by its own size: an earlier build's history is one large file. An empty one is a number that
      // a process has just taken.
      if (followedBy > keptBytes && size > 0) old.push(segment)
      followedBy += size
    }
    for (const segment of old.reverse()) files.unlinkSync(segment)
  } catch {
    // The next line tries it again.
  }
}
