import type { Config } from '../../config/schema/index.ts'
import type { GatewayStatus, Log } from '../../contracts/index.ts'
import { formatAddress, parseBind } from '../../process/index.ts'

/** Where the gateway serves gRPC by the configuration, of the sockets that are bound for it; null if it should not. */
export function findGrpcAddress({ grpc }: Config, bound: readonly string[]): string | null {
  if (grpc === undefined) return null
  const address = bound[0] ?? formatAddress(parseBind(grpc.bind))
  return address.replace('http://', '')
}

/** Sockets come down from process to process: those of a stack that was adopted have none for gRPC if it was started without. */
export function warnWithoutGrpc({ grpc }: Config, status: GatewayStatus | null, log: Log): void {
  if (grpc === undefined || status === null || status.grpcAddress !== undefined) return
  log(
    'warning',
    `gRPC is not served: the running stack was started without grpc.bind ${grpc.bind}; stop it and start it again`,
  )
}
