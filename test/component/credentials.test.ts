import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, test } from 'vitest'

import { missingComponents } from '../../harness/real-components.ts'
import { digestToken, readOwnToken, readTls, readTokens } from '../../src/credentials/index.ts'
import { TestAuthority } from '../support/certificates.ts'

const folder = mkdtempSync(join(tmpdir(), 'changeover-credentials-'))
afterAll(() => rmSync(folder, { recursive: true }))

const write = (name: string, text: string, mode = 0o600): string => {
  const path = join(folder, name)
  rmSync(path, { force: true })
  writeFileSync(path, text, { mode })
  chmodSync(path, mode)
  return path
}

const [first, second] = ['1'.repeat(64), `${'a'.repeat(30)}+/==`]

describe('tokens', () => {
  test('a file has a token a line behind a name, which may have several; comments and empty lines are skipped', () => {
    const look = write('look', `# for the dashboard\nprometheus ${first}\n\n  prometheus\t${second}\r\n`)
    const change = write('change', `张三 ${'c'.repeat(32)}`)
    expect(readTokens({ look, change })).toEqual([
      { name: 'prometheus', right: 'look', digest: digestToken(first) },
      { name: 'prometheus', right: 'look', digest: digestToken(second) },
      { name: '张三', right: 'change', digest: digestToken('c'.repeat(32)) },
    ])
  })

  test.each([
    ['an empty file', '', 'has no token'],
    ['only comments', '# nothing\n', 'has no token'],
    ['a short token', `a ${'x'.repeat(31)}`, 'line 1 has a token of 31 characters'],
    ['a token without a name', first, 'line 1 is not `NAME TOKEN`'],
    ['three words', `a ${first} b`, 'line 1 is not `NAME TOKEN`'],
    ['a name with a control character', `a\u001b[31m ${first}`, 'line 1 has a name'],
    ['a token that no header can have', `\na ${'ü'.repeat(40)}`, 'line 2 has a token with other characters'],
    ['a token twice', `a ${first}\nb ${first}`, 'has the token of b, which a has too'],
  ])('%s is refused, without a part of a token in the message', (_, text, why) => {
    const path = write('bad', text)
    expect(() => readTokens({ change: path })).toThrow(`control.tokens.change: ${path} ${why}`)
    expect(() => readTokens({ change: path })).not.toThrow(/1111|üü|xx/)
  })

  test.each([0o640, 0o604, 0o660, 0o601, 0o620])(
    'a file of mode %o is refused, also behind a link',
    (mode) => {
      const path = write('open', `a ${first}`, mode)
      const link = join(folder, 'link')
      rmSync(link, { force: true })
      symlinkSync(path, link)
      expect(() => readTokens({ look: path })).toThrow('may be read or changed by other users')
      expect(() => readTokens({ look: link })).toThrow('may be read or changed by other users')
      chmodSync(path, 0o400)
      expect(readTokens({ look: link })).toHaveLength(1)
    },
  )

  test('what is not a file is refused at once, and a file that is not there', () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', ['-m', '600', pipe])
    expect(() => readTokens({ look: pipe })).toThrow('is not a file')
    expect(() => readTokens({ look: folder })).toThrow('is not a file')
    expect(() => readTokens({ look: join(folder, 'none') })).toThrow('ENOENT')
    expect(() => readTokens({ look: write('large', ' '.repeat(2 << 20) + 'a') })).toThrow('bytes')
  })

  test('a client reads the first token of a file, which may stand there alone', () => {
    expect(readOwnToken(write('own', `${first}\n`))).toBe(first)
    expect(readOwnToken(write('own', `# mine\na ${second}\nb ${first}\n`))).toBe(second)
    expect(() => readOwnToken(write('own', '\n'))).toThrow('has no token')
    expect(() => readOwnToken(write('own', first, 0o644))).toThrow('chmod 600')
  })
})

describe.skipIf(missingComponents('openssl'))('TLS', () => {
  const authority = missingComponents('openssl') === false ? new TestAuthority(folder) : undefined
  const { certificate = '', key = '' } = authority?.sign('server') ?? {}
  const clientCa = authority?.path ?? ''

  test('certificate, key and authority of clients are read', () => {
    expect(readTls({ certificate, key, clientCa }, 'gateway.tls')).toEqual({
      cert: readFileSync(certificate, 'utf8'),
      key: readFileSync(key, 'utf8'),
      ca: readFileSync(clientCa, 'utf8'),
    })
  })

  test('a chain is read, and its first certificate is what the key must fit', () => {
    const chain = write('chain.pem', readFileSync(certificate, 'utf8') + readFileSync(clientCa, 'utf8'))
    expect(readTls({ certificate: chain, key }, 'gateway.tls').cert).toContain('BEGIN')
    const turned = write('turned.pem', readFileSync(clientCa, 'utf8') + readFileSync(certificate, 'utf8'))
    expect(() => readTls({ certificate: turned, key }, 'gateway.tls')).toThrow('is not the key of')
  })

  test('each fault names the key of the configuration, the file and why', () => {
    const other = authority?.sign('other') ?? { certificate: '', key: '' }
    const expired = authority?.sign('expired', -1) ?? { certificate: '', key: '' }
    const locked = join(folder, 'locked.key')
    execFileSync('openssl', ['pkey', '-in', key, '-aes256', '-passout', 'pass:x', '-out', locked])
    const broken = write('broken.pem', readFileSync(certificate, 'utf8').replace(/[A-Z]{3}/g, 'xxx'))
    const faults = (files: object): string => {
      try {
        readTls({ certificate, key, ...files }, 'grpc.tls')
        return ''
      } catch (error) {
        return (error as Error).message
      }
    }
    expect(faults({ key: other.key })).toBe(
      `grpc.tls.key: ${other.key} is not the key of the certificate ${certificate}`,
    )
    expect(faults(expired)).toMatch(/^grpc\.tls\.certificate: \S+ expired on \d{4}-/)
    expect(faults({ key: locked })).toMatch(/^grpc\.tls\.key: \S+ has a password/)
    expect(faults({ key: certificate })).toMatch(/^grpc\.tls\.key: \S+ is not a private key in PEM/)
    expect(faults({ certificate: key })).toMatch(/^grpc\.tls\.certificate: \S+ has no certificate in PEM/)
    expect(faults({ certificate: broken })).toMatch(/^grpc\.tls\.certificate: \S+ has /)
    expect(faults({ certificate: join(folder, 'none') })).toMatch(
      /^grpc\.tls\.certificate: \S+ cannot be read: ENOENT/,
    )
    expect(faults({ clientCa: key })).toMatch(/^grpc\.tls\.clientCa: \S+ has no certificate/)
    const tomorrow = Date.now() + 3 * 86_400_000
    expect(() => readTls({ certificate, key }, 'grpc.tls', tomorrow)).toThrow('expired on')
    expect(() => readTls({ certificate, key }, 'grpc.tls', 0)).toThrow('check the clock')
  })

  test('a weak key that OpenSSL does not serve is refused with its reason', () => {
    const [weak, cert] = [join(folder, 'weak.key'), join(folder, 'weak.pem')]
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:512',
        '-nodes',
        '-keyout',
        weak,
        '-out',
        cert,
        '-subj',
        '/CN=weak',
        '-days',
        '1',
      ],
      { stdio: 'pipe' },
    )
    expect(() => readTls({ certificate: cert, key: weak }, 'control.tls')).toThrow(
      /refused by OpenSSL: .*small/,
    )
  })
})
