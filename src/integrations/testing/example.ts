import { Default } from '#typebox/value'

import type { Config } from '../../config/schema/index.ts'
import { ConfigSchema, ModelConfigSchema } from '../../config/schema/index.ts'
import type { Installation } from '../installation.ts'

/** The course's stack as a configuration, with every default filled in. */
export const exampleConfig = Default(ConfigSchema, {
  service: '/srv/names/service.ts',
  models: {
    name_question: Default(ModelConfigSchema, {
      initial: '/srv/names/name_question_1591259822.bin',
      tokenizer: 'jieba',
    }),
  },
  data: '/srv/names/.changeover',
  primary: { bind: '0.0.0.0:5001' },
  backup: { bind: '0.0.0.0:5002' },
  workers: 2,
  gateway: { bind: '0.0.0.0:8086', static: '/srv/names/static' },
}) as Config

export const exampleInstallation: Installation = {
  command: ['/usr/bin/node', '/usr/lib/node_modules/changeover/dist/main/cli.js'],
  configPath: '/srv/names/changeover.yaml',
  configFolder: '/srv/names',
  dataFolder: '/srv/names/.changeover',
  runFolder: '/srv/names/.changeover/run',
  user: 'names',
  home: '/home/names',
}
