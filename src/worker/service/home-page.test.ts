import { describe, expect, test } from 'vitest'

import type { HomePageFacts } from './home-page.ts'
import { renderHomePage } from './home-page.ts'

const predict = {
  method: 'POST',
  path: '/v1/models/:model',
  repeat: 'freely',
  answerTimeoutMs: undefined,
} as const

function render(facts: Partial<HomePageFacts>): string {
  const all = { instance: 'primary', pid: 1, startedAtMs: 0, served: [], routes: [], ...facts }
  return renderHomePage(all as HomePageFacts).body as string
}

describe('the page at /', () => {
  const served = [{ model: 'm', version: '7', sinceMs: 0 }]

  test('has a form for the models that are served, also without routes', () => {
    const page = render({ served, routes: [{ ...predict, isBuiltIn: true }] })
    expect(page).toContain('<option>m</option>')
    expect(page).toContain('The service has none')
  })

  test.each([
    ['no model is served', [], [{ ...predict, isBuiltIn: true as const }]],
    ['the service has a route of its own there', served, [predict]],
  ])('has none if %s', (_, models, routes) => {
    expect(render({ served: models, routes })).not.toContain('<form')
  })
})
