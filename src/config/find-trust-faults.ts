import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { toMessage } from '../contracts/index.ts'
import type { Config } from './schema/index.ts'

/** Checks of trusted keys that the schema cannot express; paths are absolute already. */
export function findTrustFaults({ trustedKeys, watch }: Config): { keys: string[]; message: string }[] {
  const faults = trustedKeys.flatMap((path, place) => {
    const fault = findKeyFault(path)
    return fault === undefined ? [] : [{ keys: ['trustedKeys', String(place)], message: fault }]
  })
  if (trustedKeys.length > 0 && watch !== undefined)
    faults.push({
      keys: ['watch'],
      message:
        'cannot go with trustedKeys, as a file in a folder has no signature; publish with `changeover publish --sign` and deploy the version',
    })
  return faults
}

function findKeyFault(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8')
    if (text.includes('PRIVATE KEY')) return `names ${path}, a private key; name the public one`
    const { asymmetricKeyType } = createPublicKey(text)
    return asymmetricKeyType === 'ed25519' ? undefined : `names ${path}, which is not an Ed25519 key`
  } catch (error) {
    const why = toMessage(error)
    return `names ${path}, which is not a public key in PEM: ${why}`
  }
}
