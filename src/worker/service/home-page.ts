import { createHash } from 'node:crypto'

import type { InstanceName, WorkerStatus } from '../../contracts/index.ts'
import { escapeHtml } from '../../contracts/index.ts'
import type { Answer } from '../../http/index.ts'
import { joinHeaders } from '../../http/index.ts'
import { pageHeaders } from '../documentation/page-headers.ts'
import { renderTryForm, tryScript } from './try-form.ts'

export type HomePageFacts = Pick<WorkerStatus, 'pid' | 'startedAtMs' | 'served' | 'routes'> & {
  readonly instance: InstanceName
}

const style = `
  body { font: 16px/1.6 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; color: #1c2330; background: #fff }
  h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1rem; margin: 2rem 0 .4rem }
  table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #dde2ea }
  th { font-weight: 500; color: #5b6577 } code, pre { font: .95em ui-monospace, monospace } a { color: #1d5fbf } .up { color: #15803d } p { color: #5b6577 }
  label { display: block; margin: .4rem 0 } textarea { display: block; box-sizing: border-box; width: 100% } textarea, select, button { font: inherit } pre { white-space: pre-wrap; overflow-wrap: anywhere }
  @media (prefers-color-scheme: dark) { body { color: #e6e9ef; background: #14181f } th, p { color: #9aa5b8 } th, td { border-color: #2b3340 } .up { color: #4ade80 } a { color: #7fb2ff } }`

const headers = joinHeaders([
  ...pageHeaders({
    'style-src': hashOf(style),
    'script-src': hashOf(tryScript),
    'connect-src': "'self'",
    'img-src': 'data:',
  }),
  ...['cache-control', 'no-store'],
])

/** The page at `/`: what is served, by which version, since when; and a form to try it. */
export function renderHomePage({ instance, pid, startedAtMs, served, routes }: HomePageFacts): Answer {
  const models = served.map(
    ({ model, version, sinceMs }) =>
      `<tr><td><code>${escapeHtml(model)}</code></td><td><code>${escapeHtml(version)}</code></td><td>${time(sinceMs)}</td></tr>`,
  )
  const routeRows = routes
    .filter(({ isBuiltIn }) => isBuiltIn !== true)
    .map(({ method, path }) => `<li><code>${method} ${escapeHtml(path)}</code></li>`)
  const tryForm = renderTryForm(
    served.map(({ model }) => model),
    routes,
  )
  const body = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Changeover</title><link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='5' cy='8' r='4' fill='%2315803d'/%3E%3Ccircle cx='11' cy='8' r='4' fill='none' stroke='%2315803d' stroke-width='2'/%3E%3C/svg%3E"><style>${style}</style></head>
<body>
<h1>Changeover <span class="up">is up</span></h1>
<p>Answered by the ${instance}, process ${pid}, running since ${time(startedAtMs)}.</p>
<h2>Models</h2>
<table><thead><tr><th>model</th><th>version</th><th>serving since</th></tr></thead><tbody>
${models.length === 0 ? '<tr><td colspan="3">None yet: deploy one.</td></tr>' : models.join('\n')}
</tbody></table>
${tryForm}<h2>Routes</h2>
${routeRows.length === 0 ? '<p>The service has none; the built-in protocols are served.</p>' : `<ul>${routeRows.join('\n')}</ul>`}
<p><a href="-/docs">Read and try them</a>, or take <a href="-/openapi.json">the OpenAPI document</a>.</p>
</body></html>
`
  return { status: 200, headers, body }
}

/** How a policy names the one inline style or script that it allows. */
function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

function time(atMs: number): string {
  const iso = new Date(atMs).toISOString()
  return `<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`
}
