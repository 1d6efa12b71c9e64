import type { StackStatus } from '../contracts/index.ts'

/** Whether callers get answers: the gateway lives, and knows an instance that is ready. */
export function isStackWell({ gateway: { status } }: StackStatus): boolean {
  if (status === null) return false
  return Object.values(status.instances).some(({ readyWorkers }) => readyWorkers > 0)
}
