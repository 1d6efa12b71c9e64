import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'

import type { Mark } from '../state/watched.ts'
import { cutText } from '../text/format.ts'
import { language, t } from '../text/language.ts'
import { scheme } from './scheme.ts'
import type { ChartData } from './series.ts'
import { summarize } from './series.ts'
import { useSignal } from './use-signal.ts'

export type ChartLine = { readonly name: string; readonly color: string }

export type ChartProps = {
  readonly title: string
  readonly lines: readonly ChartLine[]
  readonly data: ChartData
  /** The chart ends here, and is so long. */
  readonly endMs: number
  readonly rangeMs: number
  readonly marks: readonly Mark[]
  readonly format: (value: number) => string
  /** The lines are shares that add up to 1: they are drawn on top of each other. */
  readonly isStacked?: boolean
}

const heightPx = 150

/** Lines over time, with a dashed line where a version took the place of another. */
export function Chart(props: ChartProps): JSX.Element {
  const { title, lines, data, endMs, rangeMs, marks, format, isStacked = false } = props
  const shown = useSignal(language)
  const colors = useSignal(scheme)
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | undefined>(undefined)
  const now = useRef({ marks, format, endMs, rangeMs })
  now.current = { marks, format, endMs, rangeMs }
  const look = JSON.stringify([lines, colors, shown, isStacked])

  useEffect(() => {
    const element = place.current
    if (element === null) return
    const made = new uPlot(
      describe(lines, isStacked, element.clientWidth, () => now.current),
      [[], ...lines.map(() => [])],
      element,
    )
    chart.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: heightPx }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      chart.current = undefined
    }
  }, [look])

  useEffect(() => {
    const values = isStacked ? stack(data.lines) : data.lines
    chart.current?.setData([[...data.times], ...values.map((line) => [...line])] as uPlot.AlignedData, false)
    chart.current?.setScale('x', { min: (endMs - rangeMs) / 1_000, max: endMs / 1_000 })
  }, [data, endMs, rangeMs, look])

  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        <ul class="legend">
          {lines.map(({ name, color }, index) => {
            const last = data.lines[index]?.at(-1)
            return (
              <li key={index}>
                <span class={`swatch ${color}`} aria-hidden="true" />
                <bdi>{name}</bdi> <b>{last == null ? '–' : format(last)}</b>
              </li>
            )
          })}
        </ul>
      </figcaption>
      <div ref={place} role="img" aria-label={describeLines(lines, data, title, format)} />
    </figure>
  )
}

function describeLines(
  lines: readonly ChartLine[],
  data: ChartData,
  title: string,
  format: ChartProps['format'],
): string {
  const texts = lines.map(({ name }, index) => {
    const summary = summarize(data.lines[index] ?? [])
    if (summary === undefined) return t('chartEmpty', { name })
    const { now, low, high } = summary
    return t('chartNow', {
      name,
      now: now === null ? '–' : format(now),
      low: format(low),
      high: format(high),
    })
  })
  return [title, ...texts].join('. ')
}

type Now = Pick<ChartProps, 'marks' | 'format' | 'endMs' | 'rangeMs'>

function describe(
  lines: readonly ChartLine[],
  isStacked: boolean,
  width: number,
  now: () => Now,
): uPlot.Options {
  const style = getComputedStyle(document.documentElement)
  const color = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  const font = '11px system-ui, sans-serif'
  const axis = {
    ...{ stroke: color('soft'), font, ticks: { show: false } },
    grid: { stroke: color('line'), width: 1 },
  }
  return {
    ...{ width, height: heightPx, padding: [18, 26, 0, 0], legend: { show: false } },
    cursor: { show: false },
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    scales: {
      x: { time: true, auto: false },
      y: { range: (_, low, high) => (isStacked ? [0, 1] : [0, niceTop(low, high)]) },
    },
    axes: [
      {
        ...axis,
        ...{ size: 24, space: 70, grid: { show: false } },
        values: (_, times) => times.map((time) => formatClock(time, now().rangeMs)),
      },
      { ...axis, size: 58, space: 34, values: (_, values) => values.map((value) => now().format(value)) },
    ],
    series: [
      {},
      ...lines.map((line, index) => ({
        ...{ stroke: color(line.color), width: 1.75, spanGaps: false, points: { show: false } },
        ...(isStacked && index === 0 ? { fill: `${color(line.color)}66` } : {}),
      })),
    ],
    bands: isStacked
      ? lines.slice(1).map(({ color: name }, index) => ({
          series: [index + 2, index + 1] as [number, number],
          fill: `${color(name)}66`,
        }))
      : [],
    hooks: { draw: [(chart) => drawMarks(chart, now(), color, font)] },
  }
}

/** So that a line at 0 is at the bottom, and the highest value is not at the very top. */
function niceTop(_low: number | null, high: number | null): number {
  return high === null || high <= 0 ? 1 : high * 1.15
}

function formatClock(seconds: number, rangeMs: number): string {
  const date = new Date(seconds * 1_000)
  const parts = [date.getHours(), date.getMinutes(), ...(rangeMs > 600_000 ? [] : [date.getSeconds()])]
  return parts.map((part) => String(part).padStart(2, '0')).join(':')
}

const maxLabelCharacters = 14

function drawMarks(
  chart: uPlot,
  { marks, endMs, rangeMs }: Now,
  color: (name: string) => string,
  font: string,
): void {
  const { ctx, bbox } = chart
  const ratio = devicePixelRatio
  let freeFrom = -Infinity
  ctx.save()
  ctx.font = font.replace('11px', `${11 * ratio}px`)
  ctx.textBaseline = 'top'
  for (const { atMs, version, hasFailed, isRollback } of marks) {
    if (atMs > endMs || atMs < endMs - rangeMs) continue
    const x = Math.round(chart.valToPos(atMs / 1_000, 'x', true))
    ctx.strokeStyle = color(hasFailed ? 'bad' : isRollback ? 'warn' : 'good')
    ctx.fillStyle = ctx.strokeStyle
    ctx.lineWidth = ratio
    ctx.setLineDash([4 * ratio, 3 * ratio])
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    const label = `${hasFailed ? '✕ ' : isRollback ? '↩ ' : ''}${cutText(version, maxLabelCharacters)}`
    const { width } = ctx.measureText(label)
    const left = x + width + 6 * ratio > bbox.left + bbox.width ? x - width - 4 * ratio : x + 4 * ratio
    if (left < freeFrom) continue
    ctx.fillText(label, left, bbox.top - 15 * ratio)
    freeFrom = left + width + 6 * ratio
  }
  ctx.restore()
}

/** Each line becomes the sum of itself and those before it; the first is drawn last, on top. */
function stack(lines: ChartData['lines']): (number | null)[][] {
  const sums: (number | null)[][] = []
  for (const line of lines) {
    const below = sums.at(-1)
    sums.push(line.map((value, index) => (value === null ? null : value + (below?.[index] ?? 0))))
  }
  return sums
}
