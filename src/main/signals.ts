import type { ServiceManager } from '../service-manager/index.ts'
import type { Supervisor } from '../supervisor/index.ts'

/** Whether the stack is to end without waiting for what is under way, as gunicorn does by these signals. */
export function isAtOnce(reason: string): boolean {
  return reason === 'SIGINT' || reason === 'SIGQUIT'
}

/** HUP takes up code and configuration anew, TTIN and TTOU have one worker more or fewer an instance: gunicorn's habits. */
export function obeySignals(
  supervisor: Supervisor,
  serviceManager: Pick<ServiceManager, 'ready' | 'reloading'>,
): void {
  const doing = async (work: () => Promise<void>): Promise<void> => {
    serviceManager.reloading()
    await work()
    serviceManager.ready('serving')
  }
  process.on('SIGHUP', () => void doing(() => supervisor.reload(() => undefined)))
  process.on('SIGTTIN', () => void doing(() => supervisor.resize(1, () => undefined)))
  process.on('SIGTTOU', () => void doing(() => supervisor.resize(-1, () => undefined)))
}
