import type { WatchedSecond } from '../../src/contracts/stream.ts'

/** What a chart draws: times in seconds, and a line of values for each name; null where nothing is known. */
export type ChartData = {
  readonly times: readonly number[]
  readonly lines: readonly (readonly (number | null)[])[]
}

/** Seconds in which nothing was received are gaps, not lines from one end to the other. */
const maxGapMs = 3_000

/** The figures of the last `rangeMs`, read by one function for each line. */
export function readSeries(
  series: readonly WatchedSecond[],
  rangeMs: number,
  lines: readonly ((second: WatchedSecond) => number | null)[],
): ChartData {
  const fromMs = (series.at(-1)?.atMs ?? 0) - rangeMs
  const times: number[] = []
  const values: (number | null)[][] = lines.map(() => [])
  let beforeMs: number | undefined
  for (const second of dropOvertaken(series)) {
    if (second.atMs < fromMs) continue
    if (beforeMs !== undefined && second.atMs - beforeMs > second.durationMs + maxGapMs) {
      times.push((beforeMs + 1) / 1_000)
      for (const line of values) line.push(null)
    }
    times.push(second.atMs / 1_000)
    for (const [index, read] of lines.entries()) values[index]?.push(read(second))
    beforeMs = second.atMs
  }
  return { times, lines: values }
}

/** The times of what is left only rise, as a chart needs. If the clock of the server was set back, what it wrote last is kept. */
function dropOvertaken(series: readonly WatchedSecond[]): readonly WatchedSecond[] {
  let nextMs = Infinity
  return series
    .toReversed()
    .filter(({ atMs }) => {
      if (atMs >= nextMs) return false
      nextMs = atMs
      return true
    })
    .toReversed()
}

/** All that failed: what the gateway refuses is answered 503, and is among it. */
export function errorsOf({ gateway }: WatchedSecond): number | null {
  return gateway === null ? null : gateway.failedPerSecond
}

/** The last, the lowest and the highest value of a line; undefined if there is none. */
export function summarize(
  line: readonly (number | null)[],
): { readonly now: number | null; readonly low: number; readonly high: number } | undefined {
  const known = line.filter((value) => value !== null)
  if (known.length === 0) return undefined
  return {
    now: line.at(-1) ?? null,
    low: known.reduce((a, b) => Math.min(a, b)),
    high: known.reduce((a, b) => Math.max(a, b)),
  }
}
