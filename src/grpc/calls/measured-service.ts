import type { ServiceDefinition } from '@grpc/grpc-js'

/** A message of a client, with the memory that it takes. */
export type Received = { readonly message: unknown; readonly sizeBytes: number }

/** How a message of a method is read in place of as the loader does. */
export type Readers = Readonly<Record<string, (bytes: Buffer) => Received>>

export type Serialize = (message: unknown) => Buffer

/**
 * The same service with messages that are measured: what comes is a `Received`, and what is sent is bytes already, for which
 * `serializers` gets the functions by the methods' paths. The library does not tell an interceptor how large a message is.
 */
export function measuredService(
  service: ServiceDefinition,
  readers: Readers,
  serializers: Map<string, Serialize>,
): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(service).map(([name, method]) => {
      const { requestDeserialize, path } = method
      serializers.set(path, method.responseSerialize as Serialize)
      const read = (bytes: Buffer): Received => ({
        message: requestDeserialize(bytes) as unknown,
        sizeBytes: bytes.length,
      })
      return [
        name,
        {
          ...method,
          requestDeserialize: readers[name] ?? read,
          responseSerialize: (bytes: unknown) => bytes as Buffer,
        },
      ]
    }),
  )
}
