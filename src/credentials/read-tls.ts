import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'

import type { Tls } from '../config/schema/index.ts'
import type { TlsMaterial } from '../contracts/index.ts'
import { ChangeoverError, toMessage } from '../contracts/index.ts'

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * Reads the files of TLS and checks that a server can use them now. `key` is where the configuration has them, as `gateway.tls`.
 * Throws `config_invalid` with the file and why.
 */
export function readTls(files: Tls, key: string, nowMs = Date.now()): TlsMaterial {
  const { certificate, key: keyFile, clientCa } = files
  const cert = readText(certificate, `${key}.certificate`)
  const [own] = parseCertificates(cert, certificate, `${key}.certificate`)
  if (own !== undefined) checkTimes(own, certificate, `${key}.certificate`, nowMs)
  const keyText = readText(keyFile, `${key}.key`)
  const privateKey = parseKey(keyText, keyFile, `${key}.key`)
  if (own?.checkPrivateKey(privateKey) !== true)
    throw fault(`${key}.key`, keyFile, `is not the key of the certificate ${certificate}`)
  const ca = clientCa === undefined ? undefined : readText(clientCa, `${key}.clientCa`)
  if (ca !== undefined && clientCa !== undefined) parseCertificates(ca, clientCa, `${key}.clientCa`)
  const material = { cert, key: keyText, ...(ca === undefined ? {} : { ca }) }
  try {
    createSecureContext(material)
  } catch (error) {
    throw fault(`${key}.certificate`, certificate, `is refused by OpenSSL: ${toMessage(error)}`)
  }
  return material
}

function readText(path: string, key: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw fault(key, path, `cannot be read: ${toMessage(error)}`)
  }
}

function parseCertificates(text: string, path: string, key: string): X509Certificate[] {
  const blocks = text.match(certificateBlock) ?? []
  if (blocks.length === 0) throw fault(key, path, 'has no certificate in PEM (-----BEGIN CERTIFICATE-----)')
  return blocks.map((block, place) => {
    try {
      return new X509Certificate(block)
    } catch (error) {
      throw fault(
        key,
        path,
        `has a certificate, number ${place + 1}, that cannot be read: ${toMessage(error)}`,
      )
    }
  })
}

function checkTimes({ validFrom, validTo }: X509Certificate, path: string, key: string, nowMs: number): void {
  if (Date.parse(validTo) < nowMs)
    throw fault(key, path, `expired on ${formatDate(validTo)}; renew it, or check the clock of this machine`)
  if (Date.parse(validFrom) > nowMs)
    throw fault(key, path, `is not valid before ${formatDate(validFrom)}; check the clock of this machine`)
}

function formatDate(text: string): string {
  return new Date(text).toISOString()
}

function parseKey(text: string, path: string, key: string): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(text)
  } catch (error) {
    const why = text.includes('ENCRYPTED')
      ? 'has a password; write it without one: `openssl pkey -in FILE -out NEW`'
      : `is not a private key in PEM: ${toMessage(error)}`
    throw fault(key, path, why)
  }
}

function fault(key: string, path: string, why: string): ChangeoverError {
  return new ChangeoverError('config_invalid', `${key}: ${path} ${why}`)
}
