import { describe, expect, test } from 'vitest'

import { protocolRoutes } from '../../protocols/index.ts'
import type { HomePageFacts } from './home-page.ts'
import { renderHomePage } from './home-page.ts'
import { summarizeRoutes } from './summarize-routes.ts'

const builtIn = summarizeRoutes([], protocolRoutes('1.0'))
/** Those of a service that has a route of its own in the place of each. */
const own = builtIn.map(({ method, path, repeat }) => ({
  ...{ method, path, repeat },
  answerTimeoutMs: undefined,
}))

function render(facts: Partial<HomePageFacts>): string {
  const all = { instance: 'primary', pid: 1, startedAtMs: 0, served: [], routes: [], ...facts }
  return renderHomePage(all as HomePageFacts).body as string
}

describe('the page at /', () => {
  const served = [{ model: 'm', version: '7', sinceMs: 0 }]

  test('has a form for the models that are served, also without routes', () => {
    const page = render({ served, routes: builtIn })
    expect(page).toContain('<option>m</option>')
    expect(page).toContain('The service has none')
  })

  test.each([
    ['no model is served', [], builtIn],
    ['the service has a route of its own there', served, own],
  ])('has none if %s', (_, models, routes) => {
    expect(render({ served: models, routes })).not.toContain('<form')
  })
})
