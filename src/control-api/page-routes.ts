import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

import { ChangeoverError } from '../contracts/index.ts'
import type { ControlCall, ControlRoutes } from './route.ts'

/** The files of the page, as the build has put them there, compressed, and their types. */
const types: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
}

/** What is loaded, run and asked is of this origin; nothing may frame the page. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  // No text that somebody else wrote can become markup.
  "require-trusted-types-for 'script'",
  'trusted-types',
].join('; ')

type PageFile = { readonly compressed: Buffer; readonly etag: string }

/** The routes of the page. It is the same for everyone and tells nothing of the stack, so it needs no token. */
export function createPageRoutes(folder: string): ControlRoutes {
  const files = new Map<string, PageFile>()
  const read = (name: string): PageFile => {
    const known = files.get(name)
    if (known !== undefined) return known
    const compressed = readFileSync(join(folder, `${name}.gz`))
    const file = {
      compressed,
      etag: `"${createHash('sha256').update(compressed).digest('hex').slice(0, 32)}"`,
    }
    files.set(name, file)
    return file
  }
  const send = ({ request, response }: ControlCall, name: string): Promise<void> => {
    const type = Object.hasOwn(types, name) ? types[name] : undefined
    if (type === undefined) throw new ChangeoverError('route_not_found', `the page has no file ${name}`)
    const { compressed, etag } = read(name)
    response.setHeader('content-security-policy', policy)
    // Another build may have written the files since.
    response.setHeader('cache-control', 'no-cache')
    response.setHeader('etag', etag)
    response.setHeader('vary', 'accept-encoding')
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304).end()
      return Promise.resolve()
    }
    const isCompressed = /\bgzip\b/.test(request.headers['accept-encoding']?.toString() ?? '')
    const body = isCompressed ? compressed : gunzipSync(compressed)
    response.writeHead(200, {
      'content-type': type,
      'content-length': body.length,
      ...(isCompressed && { 'content-encoding': 'gzip' }),
    })
    response.end(body)
    return Promise.resolve()
  }
  return {
    'GET /': { right: 'none', answer: (call) => send(call, 'index.html') },
    'GET /assets/*': {
      right: 'none',
      answer: async (call) => send(call, call.url.pathname.slice('/assets/'.length)),
    },
  }
}
