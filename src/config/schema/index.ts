/** The schema of the configuration, and what follows from it alone. */
export type {
  Config,
  GatewayLimits,
  HttpConfig,
  ModelConfig,
  SelfTestCase,
  TokenizerName,
  WatchConfig,
} from './config.ts'
export { ConfigSchema, ModelConfigSchema, modelNamePattern, tokenizerNames } from './config.ts'
export type { ModelGates } from './gates.ts'
export { Recording } from './gates.ts'
export type { AccessLogFormat, LogFormat, LogLevel } from './log.ts'
export { logLevels } from './log.ts'
export { isPath, pathString } from './path.ts'
export { maxStackStopMs, maxStopMs } from './stop-time.ts'
export type { TcpAddress } from './tcp-address.ts'
export { parseTcpAddress } from './tcp-address.ts'
export type { Tls } from './tls.ts'
export type { Tracing } from './tracing.ts'
