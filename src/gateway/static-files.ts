import type { IncomingMessage, ServerResponse } from 'node:http'

import send from 'send'

import { problemAnswer, sendAnswer } from '../http/index.ts'

const prefix = '/static/'

/** Whether a URL asks for a static file. */
export function isStaticUrl(url: string): boolean {
  return url.startsWith(prefix)
}

/** Answers with a file of the folder; never one outside of it, nor one whose name begins with a dot. Links that its owner made are followed, as nginx does. */
export function sendStaticFile(folder: string, request: IncomingMessage, response: ServerResponse): void {
  request.resume()
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const report = { code: 'method_not_allowed', message: 'static files take GET and HEAD' } as const
    sendAnswer(response, problemAnswer(report, ['allow', 'GET, HEAD']))
    return
  }
  const path = (request.url ?? '').slice(prefix.length - 1).split('?', 1)[0] ?? '/'
  const fail = (): void =>
    sendAnswer(response, problemAnswer({ code: 'route_not_found', message: `no static file at ${path}` }))
  send(request, path, { root: folder, dotfiles: 'ignore', index: false })
    .on('error', fail)
    .on('directory', fail)
    .pipe(response)
}
