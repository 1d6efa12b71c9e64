import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { RecordedText } from './layout.ts'
import { modelFolder } from './layout.ts'

/** The newest recorded texts of a model, at most `limit`, oldest first; empty if nothing is recorded. An incomplete line is left out. */
export function readRecord(recordFolder: string, model: string, limit: number): string[] {
  const folder = modelFolder(recordFolder, model)
  return listFiles(folder)
    .flatMap((name) => readLines(join(folder, name)))
    .sort((a, b) => a.atMs - b.atMs)
    .slice(-limit)
    .map(({ text }) => text)
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** A file that its worker is rotating at this moment counts as empty. */
function readLines(path: string): RecordedText[] {
  let content: string
  try {
    content = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return content.split('\n').flatMap(parseLine)
}

function parseLine(line: string): RecordedText[] {
  try {
    const value: unknown = JSON.parse(line)
    return isRecordedText(value) ? [value] : []
  } catch {
    return []
  }
}

function isRecordedText(value: unknown): value is RecordedText {
  return (
    typeof value === 'object' &&
    value !== null &&
    'atMs' in value &&
    typeof value.atMs === 'number' &&
    'text' in value &&
    typeof value.text === 'string'
  )
}
