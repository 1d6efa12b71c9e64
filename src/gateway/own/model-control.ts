import type {
  DeployEvent,
  ErrorReport,
  LoadBody,
  ModelPointer,
  StackStatus,
  UnloadBody,
} from '../../contracts/index.ts'
import { ChangeoverError, errorStatus, toErrorReport } from '../../contracts/index.ts'
import type { Answer, HttpRequest, Respond } from '../../http/index.ts'
import { decodeBody, findEncoding, findHeader, joinHeaders } from '../../http/index.ts'

/** What the supervisor does for clients that load and unload models. */
export type Control = {
  readonly status: () => Promise<Pick<StackStatus, 'models' | 'damaged' | 'unloaded'>>
  readonly load: (body: LoadBody) => AsyncIterable<DeployEvent>
  readonly unload: (body: UnloadBody) => Promise<void>
}

export type ControlOptions = {
  readonly control: Control
  /** Of a body that is sent in an encoding, once it is decoded. */
  readonly bodyLimitBytes: number
}

const pathPattern = /^\/v2\/repository\/(?:index|models\/([^/?]+)\/(load|unload))\/?(?:\?.*)?$/s
const pathPrefix = '/v2/repository/'

/**
 * Answers the repository extension of the Open Inference Protocol: which models there are, and requests to load and unload one. A
 * load is a deploy, and is answered when that has ended. False for any other request.
 */
export function controlModels(
  { control, bodyLimitBytes }: ControlOptions,
  request: HttpRequest,
  respond: Respond,
): boolean {
  if (request.method !== 'POST' || !request.url.startsWith(pathPrefix)) return false
  const matched = pathPattern.exec(request.url)
  if (matched === null) return false
  const [, encodedModel, action] = matched
  const asked = { control, bodyLimitBytes, encodedModel, action }
  answer(request, asked).then(
    (value) => respond(jsonAnswer(value)),
    (error: unknown) => respond(errorAnswer(toErrorReport(error))),
  )
  return true
}

type Asked = ControlOptions & {
  readonly encodedModel: string | undefined
  readonly action: string | undefined
}

async function answer(
  request: HttpRequest,
  { control, bodyLimitBytes, encodedModel, action }: Asked,
): Promise<unknown> {
  const body = await readBody(request, bodyLimitBytes)
  if (encodedModel === undefined) return listModels(await control.status(), body['ready'] === true)
  refuseBrowsers(request)
  const model = decodeModel(encodedModel)
  const by = `the client ${request.caller.address}`
  const parameters = readParameters(body)
  if (action === 'load') return load(control, { model, ...readVersion(parameters), by })
  await control.unload({ model, by })
  return { name: model }
}

function listModels(status: Awaited<ReturnType<Control['status']>>, isReadyOnly: boolean): object[] {
  const listed = status.models.map((pointer) => describeModel(pointer, status))
  return isReadyOnly ? listed.filter(({ state }) => state === 'READY') : listed
}

function describeModel(
  { model: name, active }: ModelPointer,
  { damaged, unloaded = [] }: Awaited<ReturnType<Control['status']>>,
): { readonly name: string; readonly version: string; readonly state: string; readonly reason: string } {
  const fault = damaged.find(({ model, version }) => model === name && version === active)
  const version = fault?.servedInstead ?? active
  if (unloaded.includes(name)) return { name, version, state: 'UNAVAILABLE', reason: 'unloaded' }
  if (fault?.servedInstead === null) return { name, version, state: 'UNAVAILABLE', reason: fault.why }
  return { name, version, state: 'READY', reason: '' }
}

/** Throws what made the deploy fail. */
async function load(control: Control, body: LoadBody): Promise<object> {
  for await (const event of control.load(body)) {
    if (event.type !== 'end') continue
    if (!event.ok) throw new ChangeoverError(event.error.code, event.error.message)
    return { name: event.version.model, version: event.version.version }
  }
  throw new ChangeoverError(
    'link_closed',
    'the supervisor ended before the load did; look up which version is served, and load the model again if it is the wrong one',
  )
}

/** A page of any origin can send such a request without asking first, and a browser in the same network would obey. */
function refuseBrowsers({ headers }: HttpRequest): void {
  if (findHeader(headers, 'origin') !== undefined)
    throw new ChangeoverError(
      'not_allowed',
      'pages may not load or unload models; send the request without a browser',
    )
}

async function readBody(
  { headers, body }: HttpRequest,
  limitBytes: number,
): Promise<Readonly<Record<string, unknown>>> {
  const encoding = findEncoding(headers)
  const bytes = encoding === undefined ? body : await decodeBody(body, encoding, limitBytes)
  if (bytes.length === 0) return {}
  const value = parseJson(bytes.toString().replace(/^\ufeff/, ''))
  if (isRecord(value)) return value
  throw new ChangeoverError('bad_body', 'the body must be a JSON object, or empty')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ChangeoverError('bad_json', 'the body is not JSON; send an object, or nothing', {
      cause: error,
    })
  }
}

function readParameters({
  parameters = {},
}: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (isRecord(parameters)) return parameters
  throw new ChangeoverError('bad_body', '`parameters` must be a JSON object; leave it out if there are none')
}

/** Throws `bad_parameter` for what Triton takes and this program does not: a model that comes with the request. */
function readVersion(parameters: Readonly<Record<string, unknown>>): Pick<LoadBody, 'version'> {
  for (const name of Object.keys(parameters))
    if (name !== 'version')
      throw new ChangeoverError(
        'bad_parameter',
        `a load takes the parameter \`version\`, not \`${name}\`; put a model into the store with \`changeover publish\``,
      )
  const { version } = parameters
  if (version === undefined) return {}
  if (typeof version === 'string' || typeof version === 'number') return { version: String(version) }
  throw new ChangeoverError('bad_parameter', '`version` must be a string or a number')
}

function decodeModel(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch (error) {
    throw new ChangeoverError(
      'bad_request',
      'the name of the model in the path is not percent-encoded UTF-8; encode it that way',
      { cause: error },
    )
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function jsonAnswer(value: unknown, status = 200, extra: readonly string[] = []): Answer {
  return {
    status,
    headers: joinHeaders(['content-type', 'application/json', ...extra]),
    body: JSON.stringify(value),
  }
}

/** An error in the form of the protocol. */
function errorAnswer({ code, message }: ErrorReport): Answer {
  const status = errorStatus[code]
  return jsonAnswer({ error: message }, status, status === 503 ? ['retry-after', '1'] : [])
}
