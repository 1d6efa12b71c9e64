import type { KeyObject } from 'node:crypto'
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { ModelVersion } from '../../contracts/index.ts'
import { ChangeoverError, formatModelVersion, toMessage } from '../../contracts/index.ts'
import type { Files } from '../fs/files.ts'
import { nodeFiles } from '../fs/files.ts'
import { fileNames, versionFolder } from '../layout.ts'
import type { Manifest } from './manifest.ts'
import { readManifest } from './manifest.ts'

/** Reads a private Ed25519 key in PEM, as `openssl genpkey -algorithm ed25519` makes it. Throws `bad_usage`. */
export function readSigningKey(path: string): KeyObject {
  try {
    const key = createPrivateKey(readFileSync(path))
    if (key.asymmetricKeyType === 'ed25519') return key
    throw new Error(`it is a key for ${key.asymmetricKeyType ?? 'something else'}`)
  } catch (error) {
    throw new ChangeoverError(
      'bad_usage',
      `${path} is not a private Ed25519 key: ${toMessage(error)}; ` +
        'make one with `openssl genpkey -algorithm ed25519 -out key.pem`',
      { cause: error },
    )
  }
}

/** The signature that goes beside a manifest: Ed25519 over its bytes, which name model and version and hold the hashes of all other files. */
export function signManifest(manifestText: string, key: KeyObject): Uint8Array {
  return sign(null, Buffer.from(manifestText), key)
}

/**
 * Reads the manifest of a version, and checks that one of the trusted keys (paths of public keys in PEM) has signed the very text
 * that was read; without keys everything is trusted. Throws what `readManifest` throws, and `version_untrusted`.
 */
export function readTrustedManifest(
  storePath: string,
  target: ModelVersion,
  trustedKeys: readonly string[],
  files: Files = nodeFiles,
): Manifest {
  return readManifest(storePath, target, files, (text) => {
    if (trustedKeys.length === 0) return
    const fault = findSignatureFault(text, versionFolder(storePath, target), trustedKeys)
    if (fault !== undefined) throw untrusted(target, fault)
  })
}

/** Throws what `readTrustedManifest` throws; does nothing if no keys are configured. */
export function requireTrusted(
  storePath: string,
  target: ModelVersion,
  trustedKeys: readonly string[] = [],
): void {
  if (trustedKeys.length > 0) readTrustedManifest(storePath, target, trustedKeys)
}

function untrusted(target: ModelVersion, fault: string): ChangeoverError {
  return new ChangeoverError(
    'version_untrusted',
    `${formatModelVersion(target)} ${fault}, and the configuration lists trustedKeys; ` +
      'publish its file with `changeover publish --sign KEY.pem`, under another version if this one is already in the store',
  )
}

function findSignatureFault(
  manifestText: string,
  folder: string,
  trustedKeys: readonly string[],
): string | undefined {
  let signature: Uint8Array
  try {
    signature = readFileSync(join(folder, fileNames.signature))
  } catch {
    return 'is not signed'
  }
  const bytes = Buffer.from(manifestText)
  const isTrusted = trustedKeys.some((path) => verify(null, bytes, readTrustedKey(path), signature))
  return isTrusted ? undefined : 'is signed with none of the trusted keys, or was changed after it was signed'
}

function readTrustedKey(path: string): KeyObject {
  try {
    return createPublicKey(readFileSync(path))
  } catch (error) {
    const why = toMessage(error)
    throw new ChangeoverError(
      'version_untrusted',
      `no signature can be checked without the trusted key ${path}: ${why}; put it back`,
      { cause: error },
    )
  }
}
