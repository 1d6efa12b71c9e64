import type { HeaderReader } from './fetch.ts'

/** The version of each model that was asked, by the name of the model. */
export type Versions = Readonly<Record<string, string>>

/** An answer with a status of 200 to 299. */
export type Result<Body = unknown, Status extends number = number> = {
  readonly status: Status
  readonly body: Body
  /** Which versions answered. */
  readonly versions: Versions
  /** The id of the request, as the access log has it. */
  readonly requestId: string | undefined
  readonly headers: HeaderReader
}

/** What of an answer is the same in a result and in an error. */
export function describeAnswer(headers: HeaderReader): Pick<Result, 'versions' | 'requestId'> {
  return {
    versions: readVersions(headers.get('x-model-version')),
    requestId: headers.get('x-request-id') ?? undefined,
  }
}

/** Reads `x-model-version`: `names@1795419027, moods@3`. */
function readVersions(header: string | null): Versions {
  const pairs = (header ?? '').split(',').flatMap((part): [string, string][] => {
    const [model = '', version] = part.trim().split('@')
    return version === undefined ? [] : [[model, version]]
  })
  return Object.fromEntries(pairs)
}
