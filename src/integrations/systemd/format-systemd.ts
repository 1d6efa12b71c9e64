import { formatSections } from '../ini/format-sections.ts'
import type { IniEntry } from '../ini/section.ts'
import type { SocketName, SystemdService, SystemdSocket, SystemdUnits } from './describe-systemd.ts'
import { hardening } from './hardening.ts'
import { escape, quote } from './quote.ts'

export type GeneratedFile = { readonly name: string; readonly text: string }

const serviceName = 'changeover.service'

/** The unit files of a stack, for `/etc/systemd/system`. */
export function formatSystemd({ service, sockets }: SystemdUnits): readonly GeneratedFile[] {
  return [
    { name: serviceName, text: formatService(service, sockets.map(socketUnit)) },
    ...sockets.map((socket) => ({ name: socketUnit(socket), text: formatSocket(socket) })),
  ]
}

const portNames: Readonly<Record<SocketName, string>> = {
  gateway: 'the port of the gateway',
  grpc: 'the port of the gateway for gRPC',
  primary: 'the port of the primary',
  backup: 'the port of the backup',
}

function socketUnit({ name }: SystemdSocket): string {
  return `changeover-${name}.socket`
}

function formatSocket({ name, listen }: SystemdSocket): string {
  return formatSections([
    { name: 'Unit', entries: [{ key: 'Description', value: `Changeover: ${portNames[name]}` }] },
    {
      name: 'Socket',
      entries: [
        {
          key: 'ListenStream',
          value: escape(listen),
          comment: [
            'systemd keeps the port open while the stack is down: clients wait instead of being refused.',
            `The same as ${name}.bind in the configuration.`,
          ],
        },
        { key: 'FileDescriptorName', value: name },
        { key: 'Service', value: serviceName },
      ],
    },
    { name: 'Install', entries: [{ key: 'WantedBy', value: 'sockets.target' }] },
  ])
}

function formatService(service: SystemdService, sockets: readonly string[]): string {
  return formatSections([
    {
      name: 'Unit',
      entries: [
        { key: 'Description', value: 'Changeover: text classifiers' },
        { key: 'Requires', value: sockets.join(' ') },
        { key: 'After', value: `network.target ${sockets.join(' ')}` },
        {
          key: 'StartLimitIntervalSec',
          value: '0',
          comment: ['Restart it no matter how often it fails.'],
        },
      ],
    },
    { name: 'Service', entries: [...running(service), ...limits(service), ...hardening(service)] },
    { name: 'Install', entries: [{ key: 'WantedBy', value: 'multi-user.target' }] },
  ])
}

function running(service: SystemdService): readonly IniEntry[] {
  return [
    { key: 'Type', value: 'notify', comment: ['The service counts as started when the gateway answers.'] },
    { key: 'NotifyAccess', value: 'main' },
    ...makingData(service),
    ...makingSockets(service),
    { key: 'ExecStart', value: commandLine(service.start) },
    { key: 'ExecReload', value: commandLine(service.reload) },
    { key: 'WorkingDirectory', value: escape(service.folder) },
    { key: 'User', value: escape(service.user) },
    {
      key: 'Restart',
      value: 'on-failure',
      comment: [
        'It exits with 0 after `changeover down`, and with 2 if the configuration is wrong: a restart would not help.',
      ],
    },
    { key: 'RestartPreventExitStatus', value: '2' },
    { key: 'RestartSec', value: '1' },
    {
      key: 'KillMode',
      value: 'process',
      comment: [
        'The supervisor stops its processes itself. If it dies, they keep serving, and the next supervisor adopts',
        'them. Any other mode would kill them and lose the requests in flight.',
      ],
    },
    { key: 'TimeoutStartSec', value: String(service.startTimeoutSeconds) },
    { key: 'TimeoutStopSec', value: String(service.stopTimeoutSeconds) },
    {
      key: 'WatchdogSec',
      value: String(service.watchdogSeconds),
      comment: ['The supervisor reports to systemd only while the gateway and an instance answer.'],
    },
  ]
}

function makingData({ dataFolder, user }: SystemdService): readonly IniEntry[] {
  if (dataFolder.madeBy === 'user') return makingAsUser(user, 'data folder', dataFolder.path)
  return [
    { key: 'StateDirectory', value: dataFolder.name, comment: ['The data folder, below /var/lib.'] },
    { key: 'StateDirectoryMode', value: '0700' },
  ]
}

function makingSockets({ runFolder, user }: SystemdService): readonly IniEntry[] {
  switch (runFolder?.madeBy) {
    case undefined:
      return []
    case 'user':
      return makingAsUser(user, 'folder of the sockets', runFolder.path)
    case 'systemd':
      return [
        {
          key: 'RuntimeDirectory',
          value: runFolder.name,
          comment: ['The folder of the sockets, below /run.'],
        },
        { key: 'RuntimeDirectoryMode', value: '0700' },
        {
          key: 'RuntimeDirectoryPreserve',
          value: 'yes',
          comment: ['Processes that outlive their supervisor are found by their sockets.'],
        },
      ]
  }
}

function makingAsUser(user: string, what: string, path: string): readonly IniEntry[] {
  // A user without a name creates the folder by hand: runuser takes names only.
  if (/^\d+$/.test(user)) return []
  const command = ['/usr/sbin/runuser', '-u', user, '--', '/usr/bin/mkdir', '-p', '-m', '700', path]
  return [
    {
      key: 'ExecStartPre',
      value: `+${commandLine(command)}`,
      comment: [
        `Creates the ${what} before the disk becomes read-only, and as its user, because root would follow`,
        'the user’s links.',
      ],
    },
  ]
}

function limits({ maxFiles, maxTasks }: SystemdService): readonly IniEntry[] {
  return [
    {
      key: 'LimitNOFILE',
      value: String(maxFiles),
      comment: ['http.maxConnections, and the files that a process needs for itself.'],
    },
    { key: 'LimitCORE', value: '0' },
    { key: 'TasksMax', value: String(maxTasks) },
    {
      key: 'MemoryMax',
      value: '80%',
      comment: [
        'Models are mapped and count as cache. At the limit a worker is killed first, and it is restarted.',
      ],
    },
    { key: 'OOMPolicy', value: 'continue' },
  ]
}

/** A command line in which nothing is expanded. systemd takes the program's own path as it is, all other words as with variables. */
function commandLine([program = '', ...args]: readonly string[]): string {
  return [quote(program), ...args.map((word) => quote(word).replaceAll('$', '$$$$'))].join(' ')
}
