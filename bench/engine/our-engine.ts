import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'

import { processMemory } from '../../harness/processes.ts'

const room = (name: string): string =>
  JSON.stringify(new URL(`../../dist/${name}/index.js`, import.meta.url).href)

/** The imports and helpers that every script below begins with. */
const prelude = `
import { readFileSync, writeFileSync } from 'node:fs'
import { mapFile } from ${JSON.stringify(new URL('../../dist/store/fs/map-file.js', import.meta.url).href)}
import { createSink, openSource } from ${JSON.stringify(new URL('../../dist/store/fs/file-bytes.js', import.meta.url).href)}
import { createTokenizers } from ${room('store')}
import { compileModel, openCompiled } from ${room('engine/fasttext')}
const [, first, second] = process.argv
const linesOf = (file) => readFileSync(file, 'utf8').split('\\n').slice(0, -1)
const userMs = (work) => {
  const begun = process.cpuUsage()
  work()
  return process.cpuUsage(begun).user / 1000
}`

function run(script: string, ...args: readonly string[]): number {
  const node = ['--input-type=module', '-e', prelude + script, ...args]
  return Number(execFileSync(process.execPath, node, { encoding: 'utf8', maxBuffer: 1 << 20 }))
}

/** Compiles a model file, as publishing does; returns how long it took, in milliseconds. */
export function compile(model: string, compiled: string): number {
  return run(
    `
const source = openSource(first)
const sink = createSink(second)
const begun = performance.now()
compileModel(source, sink)
sink.close()
console.log(performance.now() - begun)`,
    model,
    compiled,
  )
}

/** User time in microseconds a line, in a fresh process that has warmed up on a tenth of the lines. */
export function timeLines(compiled: string, lines: string): number {
  return run(
    `
const predictor = openCompiled(mapFile(first).bytes)
const lines = linesOf(second)
for (let i = 0; i < lines.length; i += 10) predictor.predict(lines[i])
const ms = userMs(() => { for (const line of lines) predictor.predict(line) })
console.log(1000 * ms / lines.length)`,
    compiled,
    lines,
  )
}

/** User time in milliseconds to cut all texts of a JSON file into words, after they were cut once. */
export function timeCut(texts: string): number {
  return run(
    `
const { tokenize } = createTokenizers()('jieba')
const texts = JSON.parse(readFileSync(first, 'utf8'))
const cutAll = () => { for (const text of texts) tokenize(text) }
cutAll()
console.log(userMs(cutAll))`,
    texts,
  )
}

/** User time in microseconds from a raw utterance to its label, over those of a JSON file. */
export function timeTextToLabel(compiled: string, texts: string): number {
  return run(
    `
const predictor = openCompiled(mapFile(first).bytes)
const { tokenize } = createTokenizers()('jieba')
const texts = JSON.parse(readFileSync(second, 'utf8'))
const rounds = 20_000
const answerAll = () => { for (let i = 0; i < rounds; i++) for (const text of texts) predictor.top(tokenize(text)) }
answerAll()
console.log(1000 * userMs(answerAll) / rounds / texts.length)`,
    compiled,
    texts,
  )
}

/** Wall time in milliseconds to map and open a compiled model and to answer one line, in a fresh process. */
export function timeLoad(compiled: string): number {
  return run(
    `
const begun = performance.now()
openCompiled(mapFile(first).bytes).top('您 贵姓')
console.log(performance.now() - begun)`,
    compiled,
  )
}

/** The memory (PSS, MiB) of two processes that both serve a model and have answered every line of a file. */
export async function measureTwoProcesses(compiled: string, lines: string): Promise<number> {
  const script = `${prelude}
const predictor = openCompiled(mapFile(first).bytes)
for (const line of linesOf(second)) predictor.predict(line)
console.log('ready')
setInterval(() => predictor.top('您 贵姓'), 1000)`
  const children = [1, 2].map(() =>
    spawn(process.execPath, ['--input-type=module', '-e', script, compiled, lines], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  )
  try {
    await Promise.all(children.map(({ stdout }) => once(stdout, 'data')))
    return children.reduce((total, { pid = 0 }) => total + processMemory(pid).pssMb, 0)
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}
