import type {
  CompareBody,
  ModelVersions,
  PruneBody,
  Pruned,
  TriedText,
  TryBody,
  VersionComparison,
} from '../../src/contracts/compare.ts'
import type { DeployBody, DeployEvent, RollbackBody } from '../../src/contracts/control.ts'
import type { HistoryEntry } from '../../src/contracts/history.ts'
import { LineSplitter } from './line-splitter.ts'

/** An answer that is an error, with its code. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status: number) {
    super(message)
    this.code = code
    this.status = status
  }
}

/** The requests of the page; relative, so that it works behind a proxy under any path. */
export type Api = {
  readonly history: (count: number, model?: string) => Promise<HistoryEntry[]>
  readonly versions: (model: string) => Promise<ModelVersions>
  readonly compare: (body: CompareBody) => Promise<VersionComparison>
  readonly tryText: (body: TryBody) => Promise<TriedText>
  readonly prune: (body: Omit<PruneBody, 'by' | 'address'>) => Promise<Pruned>
  /** Resolve when it is under way, from when on the stream of events shows its steps and its end; reject if it is refused, however late. */
  readonly deploy: (body: DeployBody) => Promise<void>
  readonly rollback: (body: RollbackBody) => Promise<void>
}

export function createApi(token: string, onRefused: () => void): Api {
  const call = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const response = await request(token, method, path, body)
    if (response.ok) return response
    if (response.status === 401) onRefused()
    throw await readProblem(response)
  }
  const read = async <Value>(method: string, path: string, body?: unknown): Promise<Value> =>
    (await (await call(method, path, body)).json()) as Value
  const rollOut = async (path: string, body: unknown, onStep: () => void): Promise<void> => {
    const response = await call('POST', path, body)
    let end: DeployEvent | undefined
    for await (const line of readLines(response)) {
      end = JSON.parse(line) as DeployEvent
      // What is refused ends without a step.
      if (end.type === 'step') onStep()
    }
    if (end?.type !== 'end') throw new ApiError('link_closed', 'the connection broke off', 0)
    if (!end.ok) throw new ApiError(end.error.code, end.error.message, 200)
  }
  const begin = (path: string, body: unknown): Promise<void> =>
    new Promise((resolve, reject) => {
      rollOut(path, body, resolve).then(resolve, reject)
    })
  const query = (values: Readonly<Record<string, string>>): string => new URLSearchParams(values).toString()
  return {
    history: (count, model) =>
      read('GET', `v1/history?${query({ count: String(count), ...(model !== undefined && { model }) })}`),
    versions: (model) => read('GET', `v1/versions?${query({ model })}`),
    compare: (body) => read('POST', 'v1/compare', body),
    tryText: (body) => read('POST', 'v1/try', body),
    prune: (body) => read('POST', 'v1/prune', body),
    deploy: (body) => begin('v1/deploy', body),
    rollback: (body) => begin('v1/rollback', body),
  }
}

/** The token goes in a header, never in a URL or a cookie: a page of another origin cannot send it. */
export function request(
  token: string,
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
  })
}

export async function readProblem(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => '')
  try {
    const { type, detail } = JSON.parse(text) as { type?: unknown; detail?: unknown }
    if (typeof type === 'string' && typeof detail === 'string')
      return new ApiError(type.slice(type.lastIndexOf(':') + 1), detail, response.status)
  } catch {
    // A proxy on the way has answered.
  }
  return new ApiError('internal', `HTTP ${response.status}`, response.status)
}

/** The lines of an answer. `onPiece` is called whenever some of it comes: a long line may take a while. */
export async function* readLines(response: Response, onPiece?: () => void): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const splitter = new LineSplitter()
  for (;;) {
    const piece = await reader?.read()
    if (piece === undefined || piece.done) return
    onPiece?.()
    yield* splitter.take(piece.value)
  }
}
