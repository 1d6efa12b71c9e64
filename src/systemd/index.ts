/** The protocols of systemd for a service: notifications of its state, and sockets that systemd has opened. */
export type { ListenFd } from './listen-fds.ts'
export { takeListenFds } from './listen-fds.ts'
export type { ServiceManager } from './service-manager.ts'
export { openServiceManager } from './service-manager.ts'
