import { ChangeoverError } from '../contracts/index.ts'

/** The path of a model in V2 over REST; an empty version stands for the one that is served. Throws `bad_body` without a name. */
export function modelPath(model: string, version: string): string {
  if (model === '') throw new ChangeoverError('bad_body', 'the request names no model')
  const path = `/v2/models/${encodeURIComponent(model)}`
  return version === '' ? path : `${path}/versions/${encodeURIComponent(version)}`
}
