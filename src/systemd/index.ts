/** The protocols of systemd for a service: it is told what the program does, and it passes the sockets that it has opened. */
export type { ListenFd } from './listen-fds.ts'
export { takeListenFds } from './listen-fds.ts'
export type { ServiceManager } from './service-manager.ts'
export { openServiceManager } from './service-manager.ts'
