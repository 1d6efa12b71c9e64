import { formatSections } from '../ini/format-sections.ts'
import type { IniEntry } from '../ini/section.ts'
import type { SystemdService, SystemdSocket, SystemdUnits } from './describe-systemd.ts'
import { hardening } from './hardening.ts'

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
    {
      key: 'ExecStartPre',
      value: `+/usr/bin/install --directory --owner=${service.user} ${quote(service.dataFolder)}`,
    },
    { key: 'ExecStart', value: service.start.map(quote).join(' ') },
    { key: 'ExecReload', value: service.reload.map(quote).join(' ') },
    { key: 'WorkingDirectory', value: escape(service.folder) },
    { key: 'User', value: service.user },
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

/** A word of a command line: in quotes where it has to be, and nothing in it is expanded. */
function quote(word: string): string {
  const escaped = escape(word).replaceAll('$', '$$$$')
  if (/^[^\s"'\\;]+$/.test(word)) return escaped
  return `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** `%` begins a specifier. */
function escape(value: string): string {
  return value.replaceAll('%', '%%')
}
