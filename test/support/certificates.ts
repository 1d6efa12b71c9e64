import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Files of a certificate and its key, in PEM. */
export type Pair = { readonly certificate: string; readonly key: string }

/** An authority in a folder, made with openssl, and what it signs. */
export class TestAuthority {
  readonly #folder: string
  /** The file of its certificate. */
  readonly path: string
  #serial = 0

  constructor(folder: string, name = 'ca') {
    this.#folder = folder
    this.path = join(folder, `${name}.pem`)
    openssl(
      'req',
      '-x509',
      ...newKey(join(folder, `${name}.key`)),
      '-subj',
      `/CN=${name}`,
      '-out',
      this.path,
      '-days',
      '2',
    )
  }

  /** Signs a certificate for localhost and 127.0.0.1; one that has expired if `days` is negative. */
  sign(name: string, days = 1): Pair {
    const { certificate, key } = {
      certificate: join(this.#folder, `${name}.pem`),
      key: join(this.#folder, `${name}.key`),
    }
    const request = join(this.#folder, `${name}.csr`)
    const extensions = join(this.#folder, `${name}.ext`)
    writeFileSync(extensions, 'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
    openssl('req', ...newKey(key), '-subj', `/CN=${name}`, '-out', request)
    openssl(
      ...['x509', '-req', '-in', request, '-CA', this.path, '-CAkey', this.path.replace(/pem$/, 'key')],
      ...[
        '-set_serial',
        String(++this.#serial),
        '-extfile',
        extensions,
        '-out',
        certificate,
        '-days',
        String(days),
      ],
    )
    return { certificate, key }
  }
}

function newKey(path: string): string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', path]
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' })
}
