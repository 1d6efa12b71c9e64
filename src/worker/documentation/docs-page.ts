import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'

import { ChangeoverError } from '../../contracts/index.ts'
import type { ProtocolAnswer, ProtocolRequest } from '../../protocols/index.ts'
import { pageHeaders } from './page-headers.ts'

/** Swagger UI as the build has put it there, compressed. */
const folder = new URL('../../../dist/vendor/swagger-ui/', import.meta.url)

const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='5' cy='8' r='4' fill='%2315803d'/%3E%3Ccircle cx='11' cy='8' r='4' fill='none' stroke='%2315803d' stroke-width='2'/%3E%3C/svg%3E"

/** All its URLs are relative, so that it works under any prefix of a proxy. */
const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Changeover: routes</title><link rel="icon" href="${icon}">
<link rel="stylesheet" href="docs/swagger-ui.css"></head>
<body><div id="routes"></div>
<script src="docs/swagger-ui-bundle.js"></script><script src="docs/start.js"></script></body></html>
`

const start = `const dark = matchMedia('(prefers-color-scheme: dark)')
const setColors = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', setColors)
setColors()
const show = async () => {
  const answer = await fetch('openapi.json')
  if (!answer.ok) throw new Error('status ' + answer.status)
  // The paths begin where this page does, also under the prefix of a proxy.
  const url = location.origin + location.pathname.replace(/\\/+-\\/+docs$/, '')
  SwaggerUIBundle({
    spec: { ...(await answer.json()), servers: [{ url }] },
    dom_id: '#routes',
    deepLinking: true,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    validatorUrl: null,
  })
}
show().catch((error) => {
  document.getElementById('routes').textContent = 'openapi.json cannot be read: ' + error
})
`

const types: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'start.js': 'text/javascript; charset=utf-8',
}

/** The page at `/-/docs`, on which one can read the routes and try them. */
export function answerDocsPage({ url }: ProtocolRequest): ProtocolAnswer {
  // Its relative URLs lead elsewhere from there.
  if (url.split('?', 1)[0]?.endsWith('/') === true)
    return { status: 308, headers: ['location', '../docs'], body: '' }
  const policy = {
    ...{ 'script-src': "'self'", 'style-src': "'self'", 'img-src': "'self' data:" },
    'connect-src': "'self'",
  }
  return { status: 200, headers: [...pageHeaders(policy), 'cache-control', 'no-cache'], body: page }
}

/** A file as it is sent. */
type PageFile = { readonly bytes: Buffer; readonly headers: readonly string[]; readonly tag: string }

/** Those that were asked for, by their names and encodings. */
const files = new Map<string, PageFile>()

/** A file of that page. Throws `route_not_found`. */
export function answerDocsFile({ params, header }: ProtocolRequest): ProtocolAnswer {
  const name = params['file'] ?? ''
  const type = Object.hasOwn(types, name) ? types[name] : undefined
  if (type === undefined) throw new ChangeoverError('route_not_found', `the page /-/docs has no file ${name}`)
  const encoding = acceptsGzip(header('accept-encoding') ?? '') ? 'gzip' : 'identity'
  const key = `${name} ${encoding}`
  const file = files.get(key) ?? readFile(name, type, encoding)
  files.set(key, file)
  const isKnown = header('if-none-match')?.includes(file.tag) === true
  return { status: isKnown ? 304 : 200, headers: file.headers, body: isKnown ? '' : file.bytes }
}

function acceptsGzip(accepted: string): boolean {
  return accepted.split(',').some((one) => {
    const [coding = '', weight = ''] = one.split(';').map((part) => part.trim().toLowerCase())
    return (coding === 'gzip' || coding === '*') && !/^q=0(\.0*)?$/.test(weight)
  })
}

function readFile(name: string, type: string, encoding: 'gzip' | 'identity'): PageFile {
  const compressed = name === 'start.js' ? gzipSync(start) : readFileSync(new URL(`${name}.gz`, folder))
  const bytes = encoding === 'gzip' ? compressed : gunzipSync(compressed)
  const tag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 16)}"`
  const headers = [
    ...['content-type', type, 'x-content-type-options', 'nosniff', 'vary', 'accept-encoding'],
    // Not for a year: while a build replaces another, their workers have different files at one URL.
    ...['etag', tag, 'cache-control', 'no-cache'],
    ...(encoding === 'gzip' ? ['content-encoding', 'gzip'] : []),
  ]
  return { bytes, headers, tag }
}
