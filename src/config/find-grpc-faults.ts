import type { Config } from './schema/index.ts'

/** Checks of gRPC that the schema cannot express. */
export function findGrpcFaults({ gateway, grpc }: Config): { keys: string[]; message: string }[] {
  if (grpc === undefined || gateway.kind === 'own') return []
  return [
    {
      keys: ['grpc'],
      message:
        'cannot go with gateway.kind nginx, which serves HTTP alone; use gateway.kind own, or leave grpc out',
    },
  ]
}
