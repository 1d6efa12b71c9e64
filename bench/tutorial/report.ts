import type { Comparison } from './compare.ts'
import { settings } from './measure.ts'

type Row = readonly [string, number, number]

/** Progress and tables go to standard error: standard output is the result's alone. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

export function formatTable(figures: Comparison): string {
  const heading = ['', 'Changeover', 'course', 'ours/theirs']
  return [heading, ...rowsOf(figures).map(formatRow)].map(alignCells).join('\n')
}

function rowsOf(f: Comparison): readonly Row[] {
  const { connections, manyConnections, kills, pacedPerSecond } = settings
  const paced = `at ${pacedPerSecond} a second`
  return [
    [`requests a second, one instance, ${connections} connections`, f.rps_direct, f.tutorial_rps_direct],
    ['  p50, ms', f.p50_direct_ms, f.tutorial_p50_direct_ms],
    ['  p99, ms', f.p99_direct_ms, f.tutorial_p99_direct_ms],
    [`requests a second, gateway, ${connections} connections`, f.rps_gateway, f.tutorial_rps_gateway],
    ['  p50, ms', f.p50_gateway_ms, f.tutorial_p50_gateway_ms],
    ['  p99, ms', f.p99_gateway_ms, f.tutorial_p99_gateway_ms],
    [
      `requests a second, gateway, ${manyConnections} connections`,
      f.rps_gateway_many,
      f.tutorial_rps_gateway_many,
    ],
    [`requests a second, nginx, ${connections} connections`, f.rps_nginx, f.tutorial_rps_nginx],
    ['  p50, ms', f.p50_nginx_ms, f.tutorial_p50_nginx_ms],
    ['  p99, ms', f.p99_nginx_ms, f.tutorial_p99_nginx_ms],
    ['p99 saturated, undisturbed, ms', f.p99_undisturbed_ms, f.tutorial_p99_undisturbed_ms],
    ['p99 saturated, window of an update, ms', f.p99_update_ms, f.tutorial_p99_update_ms],
    [`p99 ${paced}, undisturbed, ms`, f.paced_p99_undisturbed_ms, f.tutorial_paced_p99_undisturbed_ms],
    [`p99 ${paced}, during the update, ms`, f.paced_p99_update_ms, f.tutorial_paced_p99_update_ms],
    [`p99 ${paced}, during the rollout alone, ms`, f.paced_p99_rollout_ms, f.tutorial_paced_p99_rollout_ms],
    [`slowest ${paced}, during the update, ms`, f.paced_max_update_ms, f.tutorial_paced_max_update_ms],
    ['update, ms', f.update_ms, f.tutorial_update_ms],
    ['  of that the rollout, ms', f.rollout_ms, f.tutorial_rollout_ms],
    ['failed in two updates', f.failed_in_update, f.tutorial_failed_in_update],
    [`failed in ${kills} kills of the primary's worker`, f.failed_in_kill, f.tutorial_failed_in_kill],
    ['load of the 800 MB model, ms', f.load_ms, f.tutorial_load_ms],
    ['memory of all processes (PSS), MiB', f.pss_mb, f.tutorial_pss_mb],
  ]
}

function formatRow([what, ours, theirs]: Row): string[] {
  return [what, formatNumber(ours), formatNumber(theirs), theirs === 0 ? '-' : (ours / theirs).toFixed(3)]
}

function formatNumber(value: number): string {
  return Number.isInteger(value) || value >= 100 ? value.toFixed(0) : value.toFixed(1)
}

function alignCells([what = '', ...cells]: readonly string[]): string {
  return what.padEnd(52) + cells.map((cell) => cell.padStart(13)).join('')
}
