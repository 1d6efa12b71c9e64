import { defined } from '../../contracts/index.ts'
import { formatSize } from './format-figures.ts'
import type { MemoryForecast } from './memory-forecast.ts'
import type { Verdict } from './verdict.ts'
import { judge } from './verdict.ts'

/** Microseconds a prediction, measured again and again; if there is an active version, in turns with it, pair by pair. */
export type Timings = { readonly after: readonly number[]; readonly before: readonly number[] | null }

/** What one long text takes: in time, in memory, and in all processes that may answer such a text at once. */
export type LongText = {
  readonly characters: number
  readonly microseconds: number
  readonly grewBytes: number
  readonly processes: number
}

export type CostLimits = {
  readonly maxSlowdown: number
  readonly maxMicroseconds?: number
  readonly maxMemoryBytes?: number
}

/** Whether a version is fast and small enough. Medians, so that what else the machine did meanwhile counts for little. */
export function judgeCost(
  { after, before }: Timings,
  compiledBytes: number,
  forecast: MemoryForecast,
  { maxSlowdown, maxMicroseconds, maxMemoryBytes }: CostLimits,
  longText?: LongText,
): Verdict {
  const microseconds = medianOf(after)
  const slowdown = before === null ? null : medianOf(after.map((time, pair) => time / (before[pair] ?? NaN)))
  const now = `${formatMicroseconds(microseconds)} a prediction`
  const times = slowdown === null ? '' : `, ${formatTimes(slowdown)} times that of the active version`
  const faults = [
    ...(maxMicroseconds !== undefined && microseconds > maxMicroseconds
      ? [`${now}, and ${formatMicroseconds(maxMicroseconds)} are allowed`]
      : []),
    ...(slowdown !== null && slowdown > maxSlowdown
      ? [`${now}${times}, and ${maxSlowdown} times are allowed`]
      : []),
    ...(maxMemoryBytes !== undefined && compiledBytes > maxMemoryBytes
      ? [`${formatSize(compiledBytes)} compiled, and ${formatSize(maxMemoryBytes)} are allowed`]
      : []),
    ...(forecast.fits ? [] : [forecast.sentence]),
    ...findLongTextFault(forecast, longText),
  ]
  return judge(faults, `${now}${times}${describeLongText(longText)}; ${forecast.sentence}`, {
    microseconds,
    slowdown,
    compiledBytes,
    neededBytes: forecast.neededBytes,
    leftBytes: forecast.leftBytes,
    ...defined({ longText }),
  })
}

function describeLongText(longText: LongText | undefined): string {
  if (longText === undefined) return ''
  const { characters, microseconds, grewBytes } = longText
  return `; ${formatMicroseconds(microseconds)} and ${formatSize(grewBytes)} for a text of ${characters.toLocaleString('en')} characters`
}

function findLongTextFault(
  { fits, neededBytes, leftBytes }: MemoryForecast,
  longText: LongText | undefined,
): string[] {
  if (longText === undefined || leftBytes === null || !fits) return []
  const { characters, grewBytes, processes } = longText
  if (neededBytes + grewBytes * processes <= leftBytes) return []
  return [
    `a text of ${characters.toLocaleString('en')} characters takes ${formatSize(grewBytes)} in each of ${processes} workers, and ${formatSize(leftBytes - neededBytes)} will be left; train with fewer wordNgrams`,
  ]
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}

function formatMicroseconds(microseconds: number): string {
  return microseconds < 1_000 ? `${microseconds.toFixed(1)} µs` : `${(microseconds / 1_000).toFixed(1)} ms`
}

function formatTimes(slowdown: number): string {
  return slowdown.toFixed(slowdown < 10 ? 1 : 0)
}
