import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { ChangeoverError, formatModelVersion } from '../contracts/index.ts'
import type { ModelVersion } from '../contracts/index.ts'
import { fileNames, versionFolder } from './layout.ts'

/** Reads a private Ed25519 key in PEM, as `openssl genpkey -algorithm ed25519` makes it. Throws `bad_usage`. */
export function readSigningKey(path: string): KeyObject {
  try {
    const key = createPrivateKey(readFileSync(path))
    if (key.asymmetricKeyType === 'ed25519') return key
    throw new Error(`it is a key for ${key.asymmetricKeyType ?? 'something else'}`)
  } catch (error) {
    throw new ChangeoverError(
      'bad_usage',
      `${path} is no private Ed25519 key: ${error instanceof Error ? error.message : String(error)}; ` +
        'make one with `openssl genpkey -algorithm ed25519 -out key.pem`',
      { cause: error },
    )
  }
}

/** The signature that goes beside a manifest: Ed25519 over its bytes, which name model and version and hold the hashes of all other files. */
export function signManifest(manifestText: string, key: KeyObject): Uint8Array {
  return sign(null, Buffer.from(manifestText), key)
}

/** Throws `version_untrusted` where keys are trusted (paths of public keys in PEM) and none of them has signed the version. */
export function requireTrusted(
  storePath: string,
  target: ModelVersion,
  trustedKeys: readonly string[] = [],
): void {
  if (trustedKeys.length === 0) return
  const fault = findSignatureFault(versionFolder(storePath, target), trustedKeys)
  if (fault === undefined) return
  throw new ChangeoverError(
    'version_untrusted',
    `${formatModelVersion(target)} ${fault}, and the configuration lists trustedKeys; ` +
      'publish its file with `changeover publish --sign KEY.pem`, under another version where this one is there already',
  )
}

function findSignatureFault(folder: string, trustedKeys: readonly string[]): string | undefined {
  const manifest = readFileSync(join(folder, fileNames.manifest))
  let signature: Uint8Array
  try {
    signature = readFileSync(join(folder, fileNames.signature))
  } catch {
    return 'is not signed'
  }
  const isTrusted = trustedKeys.some((path) => verify(null, manifest, readTrustedKey(path), signature))
  return isTrusted ? undefined : 'is signed with none of the trusted keys, or was changed after it was signed'
}

function readTrustedKey(path: string): KeyObject {
  try {
    return createPublicKey(readFileSync(path))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new ChangeoverError(
      'version_untrusted',
      `no signature can be checked without the trusted key ${path}: ${why}; put it back`,
      { cause: error },
    )
  }
}
