import { fileURLToPath } from 'node:url'

import type { ServiceDefinition } from '@grpc/grpc-js'
import type { PackageDefinition } from '@grpc/proto-loader'
import { loadSync } from '@grpc/proto-loader'
import { protoPath as healthProto } from 'grpc-health-check'

const folder = fileURLToPath(new URL('../../../assets/grpc/', import.meta.url))

/** The services, and what reflection describes to clients: that of health too, which its library adds by itself. */
export function loadDefinitions(): PackageDefinition {
  return loadSync(['inference.proto', 'model_repository.proto', healthProto], {
    includeDirs: [folder],
    keepCase: true,
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  })
}

/** A service by its full name. */
export function findService(definitions: PackageDefinition, name: string): ServiceDefinition {
  return definitions[name] as ServiceDefinition
}
