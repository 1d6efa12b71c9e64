import type { NginxStart } from '../../contracts/index.ts'
import { NginxGateway } from '../../gateway/index.ts'
import { boundAddress, fileDescriptor, runChild } from '../../process/index.ts'
import { createLog, openLogs } from '../log/log.ts'

runChild((message, { sockets, ...context }) => {
  process.title = 'changeover nginx'
  const start = message as NginxStart
  const address = (name: 'gateway' | 'primary' | 'backup'): string => boundAddress(sockets.get(name)?.[0])
  return new NginxGateway({
    ...start,
    ...context,
    ...openLogs({ ...start.logFiles, access: undefined }, start.logSettings),
    addresses: { gateway: address('gateway'), primary: address('primary'), backup: address('backup') },
    listeningFd: fileDescriptor(sockets.get('gateway')?.[0]),
    log: createLog('gateway'),
  })
})
