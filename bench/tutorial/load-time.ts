import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const store = new URL('../../dist/store/index.js', import.meta.url).href

/** Loads a published version in a fresh process, milliseconds: what a worker does at a deploy. */
export function timeOurLoad(storePath: string, version: string): number {
  const script = `
    import { createTokenizers, loadVersion } from ${JSON.stringify(store)}
    const tokenizers = createTokenizers()
    const begun = performance.now()
    const model = loadVersion(${JSON.stringify(storePath)}, { model: 'name_question', version: ${JSON.stringify(version)} }, tokenizers)
    model.top('您贵姓')
    console.log(performance.now() - begun)`
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }))
}

/** Loads the file with the reference's Python binding in a fresh process, milliseconds. */
export function timeCourseLoad(file: string): number {
  const script = `
import sys, time, fasttext
fasttext.FastText.eprint = lambda *_: None
begun = time.perf_counter()
model = fasttext.load_model(sys.argv[1])
model.predict('您 贵姓')
print((time.perf_counter() - begun) * 1000)`
  return Number(execFileSync('/usr/bin/python3', ['-c', script, file], { encoding: 'utf8' }))
}

/** A folder that is removed when `work` has ended, however it ends. */
export async function inTemporaryFolder<T>(parent: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(parent, 'changeover-bench-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
