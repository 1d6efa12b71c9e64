import { defined } from '../../contracts/index.ts'

/** A flag of gunicorn 20.1, and what `changeover serve` and `up` make of it. */
export type GunicornFlag = {
  /** Its long names, without dashes. */
  readonly names: readonly [string, ...string[]]
  readonly letter?: string
  /** Whether a value follows. */
  readonly takesValue: boolean
  /** What takes its place, as the end of a sentence that begins with the flag; undefined if it means the same here. */
  readonly instead?: string
}

/** Every flag that `gunicorn --help` lists. */
export const gunicornFlags: readonly GunicornFlag[] = [
  taken(['bind'], 'b'),
  taken(['workers'], 'w'),
  taken(['chdir']),
  taken(['pid'], 'p'),
  taken(['timeout'], 't'),
  taken(['graceful-timeout']),
  taken(['max-requests']),
  taken(['max-requests-jitter']),
  taken(['access-logfile']),
  taken(['error-logfile', 'log-file']),
  taken(['log-level']),
  { names: ['check-config'], takesValue: false },
  { names: ['help'], letter: 'h', takesValue: false },
  { names: ['version'], letter: 'v', takesValue: false },

  refused(
    ['config'],
    'c',
    'names a configuration of Changeover here, a file such as changeover.yaml; gunicorn’s own, in Python, is not read',
  ),
  refused(['backlog'], undefined, 'cannot be set: the kernel’s net.core.somaxconn limits the queue'),
  refused(
    ['worker-class'],
    'k',
    'is fixed: every worker serves all its connections on one thread; use -w for more processes',
  ),
  refused(
    ['threads'],
    undefined,
    'is not supported: a worker predicts on one thread; use -w for more processes',
  ),
  refused(['worker-connections'], undefined, 'is http.maxConnections in the configuration'),
  refused(['keep-alive'], undefined, 'is http.keepAliveTimeoutMs in the configuration, in milliseconds'),
  refused(
    ['limit-request-line'],
    undefined,
    'is http.headLimitBytes in the configuration, for request line and headers together',
  ),
  refused(['limit-request-fields'], undefined, 'is http.maxHeaders in the configuration'),
  refused(
    ['limit-request-field_size'],
    undefined,
    'is http.headLimitBytes in the configuration, for request line and headers together',
  ),
  refusedSwitch(
    ['reload'],
    undefined,
    'is not supported: send HUP to load new code; use `changeover deploy` for a new model',
  ),
  refused(['reload-engine'], undefined, 'is not supported, and neither is --reload'),
  refused(['reload-extra-file'], undefined, 'is not supported, and neither is --reload'),
  refusedSwitch(
    ['spew'],
    undefined,
    'is not supported: run the worker under node --inspect to see what it does',
  ),
  refusedSwitch(
    ['print-config'],
    undefined,
    'is not supported: docs/configuration.md has every key with its default',
  ),
  refusedSwitch(
    ['preload'],
    undefined,
    'is not needed: all workers map the same compiled model and hold one copy of it',
  ),
  refusedSwitch(['no-sendfile'], undefined, 'is not needed: instances send no files'),
  refusedSwitch(
    ['reuse-port'],
    undefined,
    'is not supported: all workers share one socket, so that no request is lost with the queue of a worker',
  ),
  refusedSwitch(
    ['daemon'],
    'D',
    'is not supported: run it under systemd or supervisord; `changeover generate` prints their configuration',
  ),
  refused(
    ['env'],
    'e',
    'is not supported: set the variable before the command, as in NAME=value changeover serve, or in the unit that starts it',
  ),
  refused(['worker-tmp-dir'], undefined, 'is not needed: workers are watched over sockets, not over files'),
  refused(
    ['user'],
    'u',
    'is not supported: start the command as that user, for example with systemd’s User= or supervisord’s user=',
  ),
  refused(
    ['group'],
    'g',
    'is not supported: start the command in that group, for example with systemd’s Group=',
  ),
  refused(
    ['umask'],
    'm',
    'is not supported: set it before the command, for example with systemd’s UMask= or supervisord’s umask=',
  ),
  refusedSwitch(
    ['initgroups'],
    undefined,
    'is not supported: systemd and supervisord set the groups of their user',
  ),
  refused(
    ['forwarded-allow-ips'],
    undefined,
    'is not supported: x-real-ip and x-forwarded-for are trusted from a proxy on this machine, and from no other client',
  ),
  refusedSwitch(['disable-redirect-access-to-syslog'], undefined, 'is not needed: nothing is sent to syslog'),
  refused(
    ['access-logformat'],
    undefined,
    'is not supported: accessLogFormat in the configuration is gunicorn, for its default format, or json',
  ),
  refusedSwitch(
    ['capture-output'],
    undefined,
    'is not supported: what a service prints goes to the standard output and error of the command',
  ),
  refused(['logger-class'], undefined, 'names a Python class, and Python does not run here'),
  refused(
    ['log-config'],
    undefined,
    'names a configuration of Python’s logging, and Python does not run here',
  ),
  refused(
    ['log-syslog-to'],
    undefined,
    'is not supported: send standard error to systemd’s journal or to logger(1)',
  ),
  refusedSwitch(
    ['log-syslog'],
    undefined,
    'is not supported: send standard error to systemd’s journal or to logger(1)',
  ),
  refused(['log-syslog-prefix'], undefined, 'is not supported, and neither is --log-syslog'),
  refused(['log-syslog-facility'], undefined, 'is not supported, and neither is --log-syslog'),
  refusedSwitch(
    ['enable-stdio-inheritance'],
    'R',
    'is not needed: workers always have the standard output and error of the command',
  ),
  refused(['statsd-host'], undefined, 'is not supported: `changeover status --json` has the counts'),
  refused(['dogstatsd-tags'], undefined, 'is not supported, and neither is --statsd-host'),
  refused(['statsd-prefix'], undefined, 'is not supported, and neither is --statsd-host'),
  refused(['name'], 'n', 'is fixed: ps shows workers as `changeover primary 0` and so on'),
  refused(['pythonpath'], undefined, 'is for Python; a service file imports from its own folder'),
  refused(
    ['paste', 'paster'],
    undefined,
    'is for Python; `service` in the configuration names the service file',
  ),
  refused(['paste-global'], undefined, 'is for Python; a service file reads process.env'),
  refusedSwitch(['proxy-protocol'], undefined, 'is not supported: the proxy in front sends X-Forwarded-For'),
  refused(['proxy-allow-from'], undefined, 'is not supported, and neither is --proxy-protocol'),
  ...['keyfile', 'certfile', 'ssl-version', 'cert-reqs', 'ca-certs', 'ciphers'].map((name) =>
    refused([name], undefined, tlsInstead()),
  ),
  ...['suppress-ragged-eofs', 'do-handshake-on-connect'].map((name) =>
    refusedSwitch([name], undefined, tlsInstead()),
  ),
  refusedSwitch(
    ['strip-header-spaces'],
    undefined,
    'is not supported: a request with such headers is refused with 400',
  ),
  refusedSwitch(
    ['tolerate-dangerous-framing'],
    undefined,
    'is not supported: a request with both content-length and transfer-encoding is refused with 400',
  ),
]

/** `-w, --workers`: a flag as people know it. */
export function flagName({ names, letter }: GunicornFlag): string {
  return [...(letter === undefined ? [] : [`-${letter}`]), ...names.map((name) => `--${name}`)].join(', ')
}

function taken(names: GunicornFlag['names'], letter?: string): GunicornFlag {
  return { names, takesValue: true, ...defined({ letter }) }
}

function refused(names: GunicornFlag['names'], letter: string | undefined, instead: string): GunicornFlag {
  return { ...taken(names, letter), instead }
}

function refusedSwitch(
  names: GunicornFlag['names'],
  letter: string | undefined,
  instead: string,
): GunicornFlag {
  return { ...taken(names, letter), takesValue: false, instead }
}

function tlsInstead(): string {
  return 'is not supported: let a proxy in front handle TLS; `changeover generate nginx` prints a configuration for nginx'
}
