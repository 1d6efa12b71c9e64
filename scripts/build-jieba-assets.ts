/**
 * Builds `assets/jieba/jieba.dict` from the data of Debian's python3-jieba. The same data always gives the same bytes.
 *
 *     npx jiti scripts/build-jieba-assets.ts
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { compileJiebaDictionary, type JiebaData } from '../src/engine/tokenize/index.ts'

const python = '/usr/bin/python3'
const asset = fileURLToPath(new URL('../assets/jieba/jieba.dict', import.meta.url))

const exportDataProgram = `
import json, sys
from jieba import finalseg, get_dict_file
json.dump({
    "dict": get_dict_file().read().decode("utf-8"),
    "hmm": {"start": finalseg.start_P, "transitions": finalseg.trans_P, "emissions": finalseg.emit_P},
}, sys.stdout)
`

/** The data of the python3-jieba that is installed. Throws where there is none. */
function readInstalledData(): JiebaData {
  const json = execFileSync(python, ['-W', 'ignore', '-c', exportDataProgram], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  return JSON.parse(json) as JiebaData
}

/** The compiled dictionary of the python3-jieba that is installed. */
export function buildJiebaDictionary(): Uint8Array<ArrayBuffer> {
  return compileJiebaDictionary(readInstalledData())
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const bytes = buildJiebaDictionary()
  writeFileSync(asset, bytes)
  console.log(`${asset}: ${bytes.byteLength} bytes`)
}
