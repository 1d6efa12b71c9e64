import { execFileSync } from 'node:child_process'

const microseconds = 1_000_000

/** User seconds of the reference command line asked about the lines of a file. */
function userSeconds(model: string, lines: string): number {
  const script = `
import os, subprocess, sys
before = os.times().children_user
with open(os.devnull, 'w') as nowhere:
    subprocess.run(['/usr/bin/fasttext', 'predict-prob', *sys.argv[1:]], stdout=nowhere, check=True)
print(os.times().children_user - before)`
  return Number(execFileSync('/usr/bin/python3', ['-c', script, model, lines], { encoding: 'utf8' }))
}

/** User time in microseconds a line: that for all lines, less that for an empty input. */
export function timeReferenceLines(model: string, lines: string, count: number): number {
  return ((userSeconds(model, lines) - userSeconds(model, '/dev/null')) * microseconds) / count
}

/** User time in milliseconds that Python's jieba takes to cut all texts of a JSON file, after they were cut once. */
export function timePythonCut(texts: string): number {
  const script = `
import json, logging, sys, time
import jieba
jieba.setLogLevel(logging.ERROR)
with open(sys.argv[1], encoding='utf-8') as file:
    texts = json.load(file)
def cut_all():
    for text in texts:
        ' '.join(jieba.cut(text))
cut_all()
begun = time.process_time()
cut_all()
print((time.process_time() - begun) * 1000)`
  return Number(execFileSync('/usr/bin/python3', ['-W', 'ignore', '-c', script, texts], { encoding: 'utf8' }))
}
