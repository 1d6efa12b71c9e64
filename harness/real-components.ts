import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The real programs that tests are held against, and how each is found. */
const components = {
  fasttext: () => existsSync('/usr/bin/fasttext'),
  'python3-jieba': () => hasPythonModule('jieba'),
  chromium: () => existsSync('/usr/bin/chromium'),
  curl: () => existsSync('/usr/bin/curl'),
  openssl: () => existsSync('/usr/bin/openssl'),
  nginx: () => existsSync('/usr/sbin/nginx'),
  wrk: () => existsSync('/usr/bin/wrk'),
  rsync: () => existsSync('/usr/bin/rsync'),
  supervisor: () => existsSync('/usr/bin/supervisord'),
  systemd: () => existsSync('/usr/bin/systemd-analyze'),
  prometheus: () => existsSync('/usr/bin/prometheus') && existsSync('/usr/bin/promtool'),
  gunicorn: () => existsSync('/usr/bin/gunicorn'),
  bsdutils: () => existsSync('/usr/bin/script'),
  python3: () => existsSync('/usr/bin/python3'),
  /** PyPI's, in the environment of `pythonClients`. */
  tritonclient: () => existsSync(pythonClients),
  'tritonclient[grpc]': () =>
    hasPythonModule('tritonclient.grpc, grpc_health, grpc_reflection', pythonClients),
  kserve: () => hasPythonModule('kserve', pythonClients),
  schemathesis: () => existsSync(join(dirname(pythonClients), 'schemathesis')),
  'exfat-fuse': () => existsSync('/usr/sbin/mount.exfat-fuse'),
  exfatprogs: () => existsSync('/usr/sbin/mkfs.exfat'),
} as const

/** A Python with the packages of `test/support/python/requirements.txt`; CONTRIBUTING.md says how to make it. */
export const pythonClients = fileURLToPath(new URL('../.cache/python-clients/bin/python', import.meta.url))

export type Component = keyof typeof components

/** Whether a test that needs these must be skipped: their names, or false. Where CI=true a missing one fails instead. */
export function missingComponents(...names: readonly Component[]): string | false {
  const missing = names.filter((name) => !components[name]())
  if (missing.length === 0) return false
  const message = `not installed: ${missing.join(', ')}`
  if (process.env['CI'] === 'true') throw new Error(`${message}; CI installs what the tests need`)
  return message
}

function hasPythonModule(name: string, python = '/usr/bin/python3'): boolean {
  try {
    execFileSync(python, ['-c', `import ${name}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
