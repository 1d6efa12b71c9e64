import type { ByteSource } from '../byte-io.ts'
import { ModelFileError } from '../errors.ts'

/** How much of a model file is held in memory at a time while it is read. */
export const windowBytes = 1 << 20

/** A place in a file that is read from front to back through a window of windowBytes. */
export type FileCursor = {
  readonly source: ByteSource
  readonly window: Uint8Array
  readonly view: DataView
  windowStart: number
  windowEnd: number
  position: number
}

/** A cursor at the first byte of `source`. */
export function openCursor(source: ByteSource): FileCursor {
  const window = new Uint8Array(Math.min(windowBytes, source.sizeBytes))
  return { source, window, view: new DataView(window.buffer), windowStart: 0, windowEnd: 0, position: 0 }
}

/** How many bytes are left after the cursor. */
export function remainingBytes(cursor: FileCursor): number {
  return cursor.source.sizeBytes - cursor.position
}

/** Throws `truncated` unless `sizeBytes` more bytes are there; `what` names them in the message. */
export function requireBytes(cursor: FileCursor, sizeBytes: number, what: string): void {
  if (sizeBytes <= remainingBytes(cursor)) return
  throw new ModelFileError(
    'truncated',
    cursor.position,
    `The model file ends too early: ${what} needs ${sizeBytes} bytes from byte ${cursor.position} on, ` +
      `but the file has only ${cursor.source.sizeBytes} bytes. ` +
      `It was probably cut short while it was copied: copy it again and compare the sizes.`,
  )
}

/** The window's index of the next `sizeBytes` bytes (at most 8), which it steps over. */
function take(cursor: FileCursor, sizeBytes: number, what: string): number {
  if (cursor.position + sizeBytes > cursor.windowEnd) {
    requireBytes(cursor, sizeBytes, what)
    fillWindow(cursor)
  }
  const index = cursor.position - cursor.windowStart
  cursor.position += sizeBytes
  return index
}

function fillWindow(cursor: FileCursor): void {
  const length = Math.min(cursor.window.length, remainingBytes(cursor))
  cursor.source.read(cursor.position, cursor.window.subarray(0, length))
  cursor.windowStart = cursor.position
  cursor.windowEnd = cursor.position + length
}

export function readByte(cursor: FileCursor, what: string): number {
  return cursor.view.getUint8(take(cursor, 1, what))
}

export function readInt32(cursor: FileCursor, what: string): number {
  return cursor.view.getInt32(take(cursor, 4, what), true)
}

/** A 64-bit whole number; beyond 2^53 it comes rounded, so compare it with a limit before use. */
export function readInt64(cursor: FileCursor, what: string): number {
  const index = take(cursor, 8, what)
  return cursor.view.getInt32(index + 4, true) * 2 ** 32 + cursor.view.getUint32(index, true)
}

export function readFloat64(cursor: FileCursor, what: string): number {
  return cursor.view.getFloat64(take(cursor, 8, what), true)
}

/** Steps over `sizeBytes` bytes without reading them. */
export function skipBytes(cursor: FileCursor, sizeBytes: number, what: string): void {
  requireBytes(cursor, sizeBytes, what)
  cursor.position += sizeBytes
  if (cursor.position > cursor.windowEnd) cursor.windowEnd = cursor.windowStart
}

/**
 * Steps over a text that a zero byte ends and calls `keep` with each piece of it that the window holds
 * (valid during the call only).
 */
export function readTerminated(
  cursor: FileCursor,
  what: string,
  keep: (window: Uint8Array, start: number, end: number) => void,
): void {
  for (;;) {
    const start = take(cursor, 1, what)
    const windowLength = cursor.windowEnd - cursor.windowStart
    const zero = cursor.window.indexOf(0, start)
    const found = zero >= 0 && zero < windowLength
    const end = found ? zero : windowLength
    keep(cursor.window, start, end)
    cursor.position = cursor.windowStart + end + (found ? 1 : 0)
    if (found) return
  }
}
