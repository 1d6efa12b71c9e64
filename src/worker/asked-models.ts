import { formatModelVersion } from '../contracts/index.ts'
import type { HeaderBlock } from '../http/index.ts'
import { joinHeaders } from '../http/index.ts'
import type { ServedModel } from './service/define-service.ts'

/** The headers of an answer that name the versions that it follows from. */
export type VersionHeaders = {
  readonly version: readonly string[]
  readonly json: HeaderBlock
  readonly text: HeaderBlock
}

type Served = { readonly model: string; readonly version: string }

/** The models as one request sees them, and which of them it has asked. */
export type AskedModels = {
  readonly served: readonly Served[]
  /** Throws `model_unknown`. */
  readonly model: (name: string) => ServedModel
  readonly headers: () => VersionHeaders
}

/**
 * What `model` finds, for one request after the other: each answer names the versions of the models that its request has asked.
 * If one model alone is served there is nothing to tell apart, and every answer names it, also one to a request that failed
 * before it asked.
 */
export function trackAskedModels(served: readonly Served[], model: AskedModels['model']): () => AskedModels {
  if (served.length <= 1) {
    const headers = versionHeaders(served)
    const all: AskedModels = { served, model, headers: () => headers }
    return () => all
  }
  const none = versionHeaders([])
  /** Of requests that asked one model, as most do. */
  const known = new Map<Served, VersionHeaders>()
  return () => {
    const asked = new Set<string>()
    return {
      served,
      model: (name) => {
        const found = model(name)
        asked.add(name)
        return found
      },
      headers: () => {
        const [first, ...others] = served.filter((one) => asked.has(one.model))
        if (first === undefined) return none
        if (others.length > 0) return versionHeaders([first, ...others])
        const headers = known.get(first) ?? versionHeaders([first])
        known.set(first, headers)
        return headers
      },
    }
  }
}

function versionHeaders(served: readonly Served[]): VersionHeaders {
  const version = served.length === 0 ? [] : ['x-model-version', served.map(formatModelVersion).join(', ')]
  return {
    version,
    json: joinHeaders(['content-type', 'application/json', ...version]),
    text: joinHeaders(['content-type', 'text/plain; charset=utf-8', ...version]),
  }
}
