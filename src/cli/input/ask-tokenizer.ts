import { createInterface } from 'node:readline/promises'

import type { TokenizerName } from '../../config/schema/index.ts'
import { tokenizerNames } from '../../config/schema/index.ts'
import { createTokenizers } from '../../store/index.ts'
import { formatTable } from '../output/output.ts'
import { printAside } from '../output/terminal.ts'

const example = '学费也不一样，QQ？'

const meanings: Readonly<Record<TokenizerName, string>> = {
  jieba: 'words as Python’s jieba cuts them',
  whitespace: 'the text is already cut',
  characters: 'every character separately',
  intl: 'words as Intl.Segmenter cuts them',
}

/** Asks at a terminal with which tokenizer a model was trained; undefined if the answer is Ctrl-C or Ctrl-D. */
export async function askTokenizer(model: string): Promise<TokenizerName | undefined> {
  const open = createTokenizers()
  const choices = tokenizerNames.map((name, index) => [
    `  ${index + 1}`,
    name,
    open(name).tokenize(example),
    meanings[name],
  ])
  printAside(
    `No tokenizer is specified for ${model}. With which one was it trained? Each cuts ${example} so:\n${formatTable(choices)}`,
  )
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  terminal.setPrompt(`1 to ${tokenizerNames.length}, or the name: `)
  try {
    terminal.prompt()
    // `question` would lose a line that is typed before it is asked again.
    for await (const line of terminal) {
      const chosen = tokenizerNames.find((name, index) => [name, String(index + 1)].includes(line.trim()))
      if (chosen !== undefined) return chosen
      terminal.prompt()
    }
    printAside('\n')
    return undefined
  } finally {
    terminal.close()
  }
}
