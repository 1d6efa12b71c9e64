import type { Command } from 'commander'

import { formatModelVersion } from '../../../contracts/index.ts'
import type { PublishOptions } from '../../input/publish-file.ts'
import { publishFile } from '../../input/publish-file.ts'
import { withConfig } from '../../options/config-option.ts'
import { withManifestOptions } from '../../options/manifest-options.ts'
import { withTokenizer } from '../../options/tokenizer-option.ts'
import { printLine } from '../../output/output.ts'

export function addPublish(program: Command): void {
  const command = withTokenizer(
    withConfig(program.command('publish <file>')),
    'how the text was cut in training',
  )
  withManifestOptions(command)
    .description('check, compile and store a model file as a version, without serving it')
    .option('-m, --model <name>', 'the model, if the file name does not say it')
    .addHelpText(
      'after',
      `
Needs no running stack. The version is the time in the file’s name, or the file’s time of change.
Without --tokenizer it is that of the configuration, else that of the active version; else you are asked.
The same holds for each of the other options of the tokenizer.

Examples:
  changeover publish models/name_question_1591259822.bin
  changeover publish --model name_question latest.bin
  changeover publish --tokenizer jieba --user-dictionary words.txt name_question_1591259822.bin
  changeover publish --note 'more names' --meta commit=4f2a --sign key.pem name_question_1591259822.bin`,
    )
    .action(async (file: string, options: PublishOptions) => {
      const manifest = await publishFile(file, options)
      printLine(`serve it with: changeover deploy ${formatModelVersion(manifest)}`)
    })
}
