import type { Config } from '../../contracts/index.ts'
import type { Installation } from '../installation.ts'

/** The course's stack as a configuration with every default filled in. */
export const exampleConfig: Config = {
  service: '/srv/names/service.ts',
  models: {
    name_question: {
      initial: '/srv/names/name_question_1591259822.bin',
      tokenizer: 'jieba',
      selfTest: [],
    },
  },
  data: '/srv/names/.changeover',
  primary: { bind: '0.0.0.0:5001' },
  backup: { bind: '0.0.0.0:5002' },
  workers: 2,
  bodyLimitBytes: 524_288,
  http: {
    headLimitBytes: 16_384,
    headersTimeoutMs: 10_000,
    bodyTimeoutMs: 30_000,
    sendTimeoutMs: 30_000,
    keepAliveTimeoutMs: 75_000,
    maxConnections: 20_000,
  },
  gateway: { bind: '0.0.0.0:8086', static: '/srv/names/static', answerTimeoutMs: 5_000 },
  rollout: { bakeMs: 5_000, stepTimeoutMs: 10_000, maxErrorRate: 0.01 },
}

export const exampleInstallation: Installation = {
  command: ['/usr/bin/node', '/usr/lib/node_modules/changeover/dist/main/cli.js'],
  configPath: '/srv/names/changeover.yaml',
  configFolder: '/srv/names',
  dataFolder: '/srv/names/.changeover',
  runFolder: '/srv/names/.changeover/run',
  user: 'names',
  home: '/home/names',
}
