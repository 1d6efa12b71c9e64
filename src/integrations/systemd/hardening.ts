import type { IniEntry } from '../ini/section.ts'
import type { SystemdService } from './describe-systemd.ts'
import { quote } from './quote.ts'

/** Removes the permissions that the stack does not need. `systemd-analyze security` counts it. */
export function hardening({ dataFolder, runFolder, privateTmp }: SystemdService): readonly IniEntry[] {
  const yes = (key: string): IniEntry => ({ key, value: 'yes' })
  return [
    {
      key: 'ProtectSystem',
      value: 'strict',
      comment: [
        'The stack writes only to its data folder. MemoryDenyWriteExecute is left out: Node compiles JavaScript.',
      ],
    },
    ...(dataFolder.madeBy === 'user' ? [{ key: 'ReadWritePaths', value: quote(dataFolder.path) }] : []),
    ...(runFolder?.madeBy === 'user' ? [{ key: 'ReadWritePaths', value: `-${quote(runFolder.path)}` }] : []),
    { key: 'ProtectHome', value: 'read-only' },
    privateTmp
      ? yes('PrivateTmp')
      : {
          key: 'PrivateTmp',
          value: 'no',
          comment: [
            'The sockets are in /tmp, because the data folder cannot hold them or the configuration says so.',
          ],
        },
    ...(privateTmp ? [] : [{ key: 'ReadWritePaths', value: '/tmp' }]),
    yes('PrivateDevices'),
    yes('PrivateMounts'),
    yes('PrivateUsers'),
    yes('ProtectClock'),
    yes('ProtectControlGroups'),
    yes('ProtectHostname'),
    yes('ProtectKernelLogs'),
    yes('ProtectKernelModules'),
    yes('ProtectKernelTunables'),
    { key: 'ProtectProc', value: 'invisible' },
    yes('NoNewPrivileges'),
    { key: 'CapabilityBoundingSet', value: '' },
    { key: 'AmbientCapabilities', value: '' },
    yes('LockPersonality'),
    yes('RemoveIPC'),
    { key: 'RestrictAddressFamilies', value: 'AF_UNIX AF_INET AF_INET6' },
    yes('RestrictNamespaces'),
    yes('RestrictRealtime'),
    yes('RestrictSUIDSGID'),
    { key: 'SystemCallArchitectures', value: 'native' },
    { key: 'SystemCallFilter', value: '@system-service' },
    { key: 'SystemCallFilter', value: '~@privileged' },
    { key: 'SystemCallErrorNumber', value: 'EPERM' },
    { key: 'UMask', value: '0077' },
  ]
}
