import type { Config } from '../../../config/schema/index.ts'
import type { TlsMaterial } from '../../../contracts/index.ts'
import type { ControlCredentials } from '../../../control-api/index.ts'
import { readTls, readTokens } from '../../../credentials/index.ts'

/** What the ports of a stack use; undefined for a port without TLS, or that is not there. */
export type StackCredentials = {
  readonly gateway: TlsMaterial | undefined
  readonly grpc: TlsMaterial | undefined
  readonly control: ControlCredentials | undefined
}

/** Reads the files of a configuration, all of them before any is used. Throws `config_invalid` with the file and why. */
function readStackCredentials({ gateway, grpc, control }: Config): StackCredentials {
  return {
    gateway: gateway.tls && readTls(gateway.tls, 'gateway.tls'),
    grpc: grpc?.tls && readTls(grpc.tls, 'grpc.tls'),
    control: control && {
      tokens: readTokens(control.tokens),
      tls: control.tls && readTls(control.tls, 'control.tls'),
    },
  }
}

/** The same, read once for each configuration: what was checked when a reload began is what is used at its end. */
export function rememberCredentials(): (config: Config) => StackCredentials {
  const known = new WeakMap<Config, StackCredentials>()
  return (config) => {
    const credentials = known.get(config) ?? readStackCredentials(config)
    known.set(config, credentials)
    return credentials
  }
}
