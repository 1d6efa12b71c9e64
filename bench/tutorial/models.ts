import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
export const exampleFolder = join(root, 'examples/name-question')
const cacheFolder = join(root, '.cache/bench')

/** The reference program's defaults with word pairs: 100 dimensions, 2,000,000 buckets, 800 MB. The second is trained longer. */
export function trainModels(): readonly [string, string] {
  return [train('name_question_1600000000.bin', 5), train('name_question_1600000001.bin', 10)]
}

function train(name: string, epochs: number): string {
  const file = join(cacheFolder, name)
  if (existsSync(file)) return file
  mkdirSync(cacheFolder, { recursive: true })
  const input = join(cacheFolder, 'train.cut')
  execFileSync('sh', [
    '-c',
    '/usr/bin/python3 "$1" < "$2" > "$3"',
    'sh',
    join(exampleFolder, 'training/cut.py'),
    join(exampleFolder, 'corpus/train.txt'),
    input,
  ])
  const unfinished = join(cacheFolder, 'training')
  execFileSync('fasttext', [
    'supervised',
    '-input',
    input,
    '-output',
    unfinished,
    '-wordNgrams',
    '2',
    '-epoch',
    String(epochs),
    '-lr',
    '0.5',
    '-verbose',
    '0',
  ])
  renameSync(`${unfinished}.bin`, file)
  return file
}
