import type { GatewayStatus, InstanceName, InstanceStatus, StackStatus } from '../../contracts/index.ts'
import { instanceNames } from '../../contracts/index.ts'
import type { Stack } from '../stack.ts'

export type DescribeOptions = {
  readonly stack: Stack
  /** Null where it does not answer. */
  readonly gatewayStatus: () => Promise<GatewayStatus | null>
  /** Where a process will listen that does not answer now. */
  readonly addressOf: (name: InstanceName | 'gateway') => string
}

/** What the processes of a stack say of themselves, all asked at once. */
export async function describeProcesses({
  stack,
  gatewayStatus,
  addressOf,
}: DescribeOptions): Promise<Pick<StackStatus, 'gateway' | 'instances'>> {
  const describeInstance = async (name: InstanceName): Promise<InstanceStatus> => {
    const instance = stack.instances[name]
    const workers = await instance.statuses()
    const address = workers.find((worker) => worker !== null)?.address ?? addressOf(name)
    return { name, address, restarts: instance.restarts, workers }
  }
  const [status, ...instances] = await Promise.all([gatewayStatus(), ...instanceNames.map(describeInstance)])
  const address = status?.address ?? addressOf('gateway')
  return { gateway: { address, restarts: stack.gateway.restarts, status }, instances }
}
