import type { IncomingMessage, ServerResponse } from 'node:http'

import send from 'send'

import type { HttpRequest, Respond } from '../../../http/index.ts'
import { joinHeaders, problemAnswer } from '../../../http/index.ts'
import { parsedHeaders, StaticAnswer } from './static-answer.ts'

/** A failed precondition, or a range that does not exist, has a status of its own. */
type SendError = { readonly status?: number; readonly headers?: Readonly<Record<string, string>> }

const prefix = '/static/'

/** Whether a URL is for a static file. */
export function isStaticUrl(url: string): boolean {
  return url.startsWith(prefix)
}

/** Answers with a file of the folder; never one outside it, nor one whose name begins with a dot. Symbolic links, which only its owner can make, are followed, as nginx does. */
export function sendStaticFile(folder: string, request: HttpRequest, respond: Respond): void {
  const { method, url } = request
  if (method !== 'GET' && method !== 'HEAD') {
    const report = { code: 'method_not_allowed', message: 'static files take GET and HEAD' } as const
    respond(problemAnswer(report, ['allow', 'GET, HEAD']))
    return
  }
  const path = url.slice(prefix.length - 1).split('?', 1)[0] ?? '/'
  const answer = new StaticAnswer(respond)
  const fail = (error?: SendError): void => {
    if (error?.status === 412 || error?.status === 416)
      respond({
        status: error.status,
        headers: joinHeaders(Object.entries(error.headers ?? {}).flat()),
        body: '',
      })
    else respond(problemAnswer({ code: 'route_not_found', message: `no static file at ${path}` }))
    answer.destroy()
  }
  const incoming = { method, headers: parsedHeaders(request.headers) }
  send(incoming as unknown as IncomingMessage, path, { root: folder, dotfiles: 'ignore', index: false })
    .on('error', fail)
    .on('directory', () => fail())
    .pipe(answer as unknown as ServerResponse)
}
