import { formatSections } from '../ini/format-sections.ts'
import type { IniEntry } from '../ini/section.ts'
import type { SystemdService, SystemdSocket, SystemdUnits } from './describe-systemd.ts'
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

function socketUnit({ name }: SystemdSocket): string {
  return `changeover-${name}.socket`
}

function formatSocket({ name, listen }: SystemdSocket): string {
  return formatSections([
    { name: 'Unit', entries: [{ key: 'Description', value: `Changeover: the port of the ${name}` }] },
    {
      name: 'Socket',
      entries: [
        {
          key: 'ListenStream',
          value: escape(listen),
          comment: [
            'systemd keeps the port open while the stack is away: clients wait instead of being refused.',
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
          comment: ['However often it fails, it is started again.'],
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
        '`changeover down` ends with 0, a fault of the configuration with 2: neither is cured by a restart.',
      ],
    },
    { key: 'RestartPreventExitStatus', value: '2' },
    { key: 'RestartSec', value: '1' },
    {
      key: 'KillMode',
      value: 'process',
      comment: [
        'The supervisor stops its processes itself. Where it dies they go on serving, and the next one takes',
        'them over; any other mode would kill them, and the requests that they hold.',
      ],
    },
    { key: 'TimeoutStartSec', value: String(service.startTimeoutSeconds) },
    { key: 'TimeoutStopSec', value: String(service.stopTimeoutSeconds) },
    {
      key: 'WatchdogSec',
      value: String(service.watchdogSeconds),
      comment: ['Fed only while the gateway and an instance answer.'],
    },
  ]
}

function makingData({ dataFolder, user }: SystemdService): readonly IniEntry[] {
  if (dataFolder.madeBy === 'systemd')
    return [
      { key: 'StateDirectory', value: dataFolder.name, comment: ['The data folder, below /var/lib.'] },
      { key: 'StateDirectoryMode', value: '0700' },
    ]
  // A user without a name creates the folder by hand: runuser takes names only.
  if (/^\d+$/.test(user)) return []
  const command = ['/usr/sbin/runuser', '-u', user, '--', '/usr/bin/mkdir', '-p', dataFolder.path]
  return [
    {
      key: 'ExecStartPre',
      value: `+${commandLine(command)}`,
      comment: [
        'The data folder, made before the disk becomes read-only, and by its user: root would follow a link of theirs.',
      ],
    },
  ]
}

function makingSockets({ runFolder }: SystemdService): readonly IniEntry[] {
  if (runFolder?.madeBy !== 'systemd') return []
  return [
    { key: 'RuntimeDirectory', value: runFolder.name, comment: ['The folder of the sockets, below /run.'] },
    { key: 'RuntimeDirectoryMode', value: '0700' },
    {
      key: 'RuntimeDirectoryPreserve',
      value: 'yes',
      comment: ['Processes that outlive their supervisor are found by their sockets.'],
    },
  ]
}

function limits({ maxFiles, maxTasks }: SystemdService): readonly IniEntry[] {
  return [
    {
      key: 'LimitNOFILE',
      value: String(maxFiles),
      comment: ['http.maxConnections of one process, and its own files.'],
    },
    { key: 'LimitCORE', value: '0' },
    { key: 'TasksMax', value: String(maxTasks) },
    {
      key: 'MemoryMax',
      value: '80%',
      comment: [
        'Models are mapped and count as cache; what ends first is a worker, and it is started again.',
      ],
    },
    { key: 'OOMPolicy', value: 'continue' },
  ]
}

/** A command line in which nothing is expanded. systemd takes the program's own path as it is, all other words as with variables. */
function commandLine([program = '', ...args]: readonly string[]): string {
  return [quote(program), ...args.map((word) => quote(word).replaceAll('$', '$$$$'))].join(' ')
}
