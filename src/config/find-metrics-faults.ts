import { isIP } from 'node:net'

import type { Config } from './schema/index.ts'
import { parseTcpAddress } from './schema/index.ts'

/** Checks of the port of the metrics that the schema cannot express. */
export function findMetricsFaults({
  metrics,
}: Pick<Config, 'metrics'>): { keys: string[]; message: string }[] {
  if (metrics === undefined) return []
  const { bind, insecure } = metrics
  const address = parseTcpAddress(bind)
  const keys = ['metrics', 'bind']
  if (address === undefined || isIP(address.host) === 0)
    return [
      {
        keys,
        message: `is “${bind}”, which is not host:port with an IP address or localhost; write it as 127.0.0.1:9086`,
      },
    ]
  if (address.isLoopback || insecure) return []
  return [
    {
      keys,
      message: `is ${bind}, which other machines reach, and whoever does reads the labels of your models; bind 127.0.0.1, use control.bind, which has tokens, or say metrics.insecure: true`,
    },
  ]
}
