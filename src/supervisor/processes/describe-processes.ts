import type { GatewayStatus, InstanceName, InstanceStatus, StackStatus } from '../../contracts/index.ts'
import { instanceNames } from '../../contracts/index.ts'
import type { Stack } from '../stack.ts'

export type DescribeOptions = {
  readonly stack: Stack
  /** Null if it does not answer. */
  readonly gatewayStatus: () => Promise<GatewayStatus | null>
  /** Where a process listens if it does not say so. */
  readonly addressOf: (name: InstanceName | 'gateway') => string
  /** Where the gateway serves gRPC by the configuration; null if it should not. */
  readonly grpcAddress: string | null
}

/** What the processes of a stack say of themselves, all asked at once. */
export async function describeProcesses({
  stack,
  gatewayStatus,
  addressOf,
  grpcAddress,
}: DescribeOptions): Promise<Pick<StackStatus, 'gateway' | 'instances'>> {
  const describeInstance = async (name: InstanceName): Promise<InstanceStatus> => {
    const instance = stack.instances[name]
    const workers = await instance.statuses()
    const address = workers.map(toldAddress).find((told) => told !== undefined) ?? addressOf(name)
    return { name, address, restarts: instance.restarts, workers }
  }
  const [status, ...instances] = await Promise.all([gatewayStatus(), ...instanceNames.map(describeInstance)])
  const address = toldAddress(status) ?? addressOf('gateway')
  return {
    gateway: {
      address,
      grpcAddress: status === null ? grpcAddress : toldGrpcAddress(status, grpcAddress),
      restarts: stack.gateway.restarts,
      status,
    },
    instances,
  }
}

/** One that was adopted may serve none although it should: then it has no socket for it. */
function toldGrpcAddress({ grpcAddress }: GatewayStatus, configured: string | null): string | null {
  return grpcAddress === 'unix:' ? configured : (grpcAddress ?? null)
}

/** What a process says of its address; it does not know the path of a Unix socket that another process bound. */
function toldAddress(status: { readonly address: string } | null): string | undefined {
  return status === null || status.address === 'unix:' ? undefined : status.address
}
