import { execFileSync } from 'node:child_process'

const store = new URL('../../dist/store/index.js', import.meta.url).href

/** Loads a published version in a fresh process that cuts words already, and asks it once: what a worker does at a deploy. */
export function timeOurLoad(storePath: string, version: string): number {
  const script = `
    import { createTokenizers, loadVersion } from ${JSON.stringify(store)}
    const openTokenizer = createTokenizers()
    openTokenizer('jieba').tokenize('您贵姓')
    const begun = performance.now()
    const model = loadVersion(${JSON.stringify(storePath)}, { model: 'name_question', version: ${JSON.stringify(version)} }, openTokenizer)
    model.top('您贵姓')
    console.log(performance.now() - begun)`
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }))
}

/** Loads the file with the reference's Python binding in a fresh process, and asks it once, without cutting words. */
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
