import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

import { missingComponents } from '../../harness/real-components.ts'
import { families } from '../../src/prometheus/index.ts'
import { readMetricsTable } from '../support/metrics-table.ts'
import { promtool } from '../support/prometheus.ts'

const rulesFile = 'deploy/prometheus/changeover.rules.yml'
const rulesTest = 'deploy/prometheus/changeover.rules.test.yml'

type Rule = { readonly alert: string; readonly expr: string; readonly annotations: Record<string, string> }
type Panel = {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[]
}

const { groups } = parse(readFileSync(rulesFile, 'utf8')) as { groups: readonly { rules: readonly Rule[] }[] }
const rules = groups.flatMap((group) => group.rules)
const dashboard = JSON.parse(readFileSync('deploy/grafana/changeover.json', 'utf8')) as {
  readonly uid: string
  readonly schemaVersion: number
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly name: string }[] }
}
const documented = readMetricsTable()

/** The metrics that an expression names, without what their samples add. */
function metricsIn(expression: string): string[] {
  const known = new Set(documented.map(({ name }) => name))
  return [...expression.matchAll(/\bchangeover_\w+/g)].map(([name]) => {
    const base = name.replace(/_(bucket|sum|count)$/, '')
    return known.has(name) ? name : base
  })
}

/** Label names that an expression selects by or groups by. */
function labelsIn(expression: string): string[] {
  const selected = [...expression.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label = '']) => label)
  const grouped = [...expression.matchAll(/\b(?:by|on|ignoring)\s*\(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(',').map((label) => label.trim()),
  )
  return [...selected, ...grouped].filter((label) => label !== '')
}

const labels = new Set([
  ...documented.flatMap((metric) => metric.labels),
  ...['le', 'quantile', 'job', 'instance'],
])

describe('the table of the metrics', () => {
  test.each(['metrics.md', 'metrics.zh-CN.md'])('of %s has every metric of the program', (file) => {
    const sorted = (
      list: readonly { readonly name: string; readonly type: string; readonly labels: readonly string[] }[],
    ) =>
      list
        .map(({ name, type, labels: own }) => ({ name, type, labels: own }))
        .toSorted((a, b) => a.name.localeCompare(b.name))
    expect(sorted(readMetricsTable(file))).toEqual(sorted(families))
  })

  test('has names as Prometheus wants them', () => {
    for (const { name, type } of documented) {
      expect(name).toMatch(/^changeover_[a-z0-9]+(_[a-z0-9]+)*$/)
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter'])
    }
  })

  test.each(['metrics.md', 'metrics.zh-CN.md'])('%s names every alert', (file) => {
    const page = readFileSync(`docs/${file}`, 'utf8')
    const listed = [...page.matchAll(/^\| `(Changeover\w+)`/gm)].map(([, name]) => name)
    expect(listed).toEqual(rules.map(({ alert }) => alert))
  })
})

describe('the alert rules', () => {
  test('ask for metrics and labels that there are', () => {
    for (const { alert, expr, annotations } of rules) {
      for (const name of metricsIn(expr))
        expect([alert, documented.map((one) => one.name)]).toEqual([alert, expect.arrayContaining([name])])
      for (const label of labelsIn(expr))
        expect([alert, label, labels.has(label)]).toEqual([alert, label, true])
      const shown = [
        ...Object.values(annotations)
          .join(' ')
          .matchAll(/\$labels\.(\w+)/g),
      ].map(([, label = '']) => label)
      for (const label of shown) expect([alert, label, labels.has(label)]).toEqual([alert, label, true])
    }
  })

  test('have a case each that raises them, and one that does not', () => {
    const { tests } = parse(readFileSync(rulesTest, 'utf8')) as {
      tests: readonly { alert_rule_test: readonly { alertname: string; exp_alerts: readonly unknown[] }[] }[]
    }
    const cases = tests.flatMap((one) => one.alert_rule_test)
    for (const { alert } of rules) {
      const own = cases
        .filter(({ alertname }) => alertname === alert)
        .map(({ exp_alerts: raised }) => raised.length > 0)
      expect([alert, own.includes(true), own.includes(false)]).toEqual([alert, true, true])
    }
  })

  test.skipIf(missingComponents('prometheus'))('are what promtool takes, and raise what they should', () => {
    expect(promtool(['check', 'rules', rulesFile])).toBe('')
    expect(promtool(['test', 'rules', rulesTest])).toBe('')
  })
})

describe('the dashboard', () => {
  test('asks for metrics and labels that there are, and shows all of them', () => {
    const asked = dashboard.panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ title, expr })),
    )
    const shown = new Set(asked.flatMap(({ expr }) => metricsIn(expr)))
    const known = documented.map(({ name }) => name)
    for (const { title, expr } of asked) {
      expect([title, known]).toEqual([title, expect.arrayContaining(metricsIn(expr))])
      for (const label of labelsIn(expr))
        expect([title, label, labels.has(label)]).toEqual([title, label, true])
    }
    const untold = ['changeover_busy', 'changeover_build_info']
    expect(known.filter((name) => !shown.has(name))).toEqual(untold)
  })

  test('has panels with numbers of their own that lie beside each other, and variables for what they ask', () => {
    const { panels, templating } = dashboard
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    for (const { title, type, gridPos, targets } of panels) {
      expect(['row', 'stat', 'timeseries', 'table']).toContain(type)
      expect(title).not.toBe('')
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
      if (type !== 'row') expect(targets?.length).toBeGreaterThan(0)
      expect(new Set(targets?.map(({ refId }) => refId)).size).toBe(targets?.length ?? 0)
    }
    const overlap = panels.flatMap((a, i) =>
      panels.slice(i + 1).filter(({ gridPos: b }) => {
        const isBeside = a.gridPos.x + a.gridPos.w <= b.x || b.x + b.w <= a.gridPos.x
        const isAbove = a.gridPos.y + a.gridPos.h <= b.y || b.y + b.h <= a.gridPos.y
        return !isBeside && !isAbove
      }),
    )
    expect(overlap).toEqual([])
    const variables = new Set(templating.list.map(({ name }) => name))
    const used = [...JSON.stringify(panels).matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name)
    for (const name of used)
      expect([name, name.startsWith('__') || variables.has(name)]).toEqual([name, true])
  })

  test.skipIf(missingComponents('prometheus'))('has expressions that Prometheus parses', () => {
    const expressions = dashboard.panels
      .flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
      .map((expr) => expr.replaceAll('$__rate_interval', '5m').replaceAll('$__interval', '5m'))
    const file = {
      groups: [{ name: 'x', rules: expressions.map((expr, i) => ({ record: `x:y${i}`, expr })) }],
    }
    const folder = mkdtempSync(join(tmpdir(), 'changeover-dashboard-'))
    try {
      const path = join(folder, 'expressions.yml')
      writeFileSync(path, JSON.stringify(file))
      expect(promtool(['check', 'rules', path])).toBe('')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
