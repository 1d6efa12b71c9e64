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
  { names: ['check-config'], takesValue: false },
  { names: ['help'], letter: 'h', takesValue: false },
  { names: ['version'], letter: 'v', takesValue: false },

  refused(
    ['config'],
    'c',
    'names a configuration of Changeover here, a file such as changeover.yaml; gunicorn’s own, in Python, is not read',
  ),
  refused(
    ['backlog'],
    undefined,
    'has nothing to set here: the kernel’s net.core.somaxconn bounds the queue',
  ),
  refused(
    ['worker-class'],
    'k',
    'has no choice here: every worker answers all its connections from one thread; use -w for more processes',
  ),
  refused(
    ['threads'],
    undefined,
    'has no place here: a worker predicts on one thread; use -w for more processes',
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
    'is not there: send HUP for new code; `changeover deploy` is for a new model',
  ),
  refused(['reload-engine'], undefined, 'is not there, as --reload is not'),
  refused(['reload-extra-file'], undefined, 'is not there, as --reload is not'),
  refusedSwitch(['spew'], undefined, 'is not there: run the worker under node --inspect to see what it does'),
  refusedSwitch(
    ['print-config'],
    undefined,
    'is not there: docs/configuration.md has every key with its default',
  ),
  refusedSwitch(
    ['preload'],
    undefined,
    'is not needed: all workers map the same compiled model and hold one copy of it',
  ),
  refusedSwitch(['no-sendfile'], undefined, 'has nothing to turn off: an instance sends no files'),
  refusedSwitch(
    ['reuse-port'],
    undefined,
    'is not used: all workers share one socket, so that none is lost with a worker’s queue',
  ),
  refusedSwitch(
    ['daemon'],
    'D',
    'is not there: run it under systemd or supervisor; `changeover generate` prints their configuration',
  ),
  refused(
    ['env'],
    'e',
    'is not there: set the variable before the command, as in NAME=value changeover serve, or in the unit that starts it',
  ),
  refused(['worker-tmp-dir'], undefined, 'is not needed: workers are watched over sockets, not over files'),
  refused(
    ['user'],
    'u',
    'is not there: start the command as that user; systemd’s User= and supervisor’s user= do so',
  ),
  refused(['group'], 'g', 'is not there: start the command in that group; systemd’s Group= does so'),
  refused(
    ['umask'],
    'm',
    'is not there: set it before the command; systemd’s UMask= and supervisor’s umask= do so',
  ),
  refusedSwitch(
    ['initgroups'],
    undefined,
    'is not there: systemd and supervisor set the groups of their user',
  ),
  refused(
    ['forwarded-allow-ips'],
    undefined,
    'is not there: x-real-ip and x-forwarded-for are trusted from a proxy on this machine, and from no other client',
  ),
  refusedSwitch(
    ['disable-redirect-access-to-syslog'],
    undefined,
    'has nothing to turn off: nothing goes to syslog',
  ),
  refused(['access-logformat'], undefined, 'is fixed: the access log has gunicorn’s default format'),
  refused(['log-level'], undefined, 'is not there: the log has only what an operator needs'),
  refusedSwitch(
    ['capture-output'],
    undefined,
    'is not there: what a service prints goes to the standard output and error of the command',
  ),
  refused(['logger-class'], undefined, 'names a class of Python, which does not run here'),
  refused(['log-config'], undefined, 'names a configuration of Python’s logging, which does not run here'),
  refused(['log-syslog-to'], undefined, 'is not there: systemd’s journal or logger(1) take standard error'),
  refusedSwitch(
    ['log-syslog'],
    undefined,
    'is not there: systemd’s journal or logger(1) take standard error',
  ),
  refused(['log-syslog-prefix'], undefined, 'is not there, as --log-syslog is not'),
  refused(['log-syslog-facility'], undefined, 'is not there, as --log-syslog is not'),
  refusedSwitch(
    ['enable-stdio-inheritance'],
    'R',
    'is not needed: workers always have the standard output and error of the command',
  ),
  refused(['statsd-host'], undefined, 'is not there: `changeover status --json` has the counts'),
  refused(['dogstatsd-tags'], undefined, 'is not there, as --statsd-host is not'),
  refused(['statsd-prefix'], undefined, 'is not there, as --statsd-host is not'),
  refused(['name'], 'n', 'is fixed: ps shows workers as `changeover primary 0` and so on'),
  refused(['pythonpath'], undefined, 'is Python’s; a service file imports from its own folder'),
  refused(
    ['paste', 'paster'],
    undefined,
    'is Python’s; `service` in the configuration names the service file',
  ),
  refused(['paste-global'], undefined, 'is Python’s; a service file reads process.env'),
  refusedSwitch(['proxy-protocol'], undefined, 'is not there: the proxy in front sends X-Forwarded-For'),
  refused(['proxy-allow-from'], undefined, 'is not there, as --proxy-protocol is not'),
  ...['keyfile', 'certfile', 'ssl-version', 'cert-reqs', 'ca-certs', 'ciphers'].map((name) =>
    refused([name], undefined, tlsInstead()),
  ),
  ...['suppress-ragged-eofs', 'do-handshake-on-connect'].map((name) =>
    refusedSwitch([name], undefined, tlsInstead()),
  ),
  refusedSwitch(['strip-header-spaces'], undefined, 'is not there: such a request is refused with 400'),
  refusedSwitch(
    ['tolerate-dangerous-framing'],
    undefined,
    'is not there: a request with both content-length and transfer-encoding is refused with 400',
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
  return 'is not there: let a proxy in front end TLS; `changeover generate nginx` prints a configuration for nginx'
}
