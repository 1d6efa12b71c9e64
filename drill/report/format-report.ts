import type { Figures } from '../../harness/judge/index.ts'
import { formatTable } from '../../src/cli/output/output.ts'
import type { Breach, DrillReport, RunReport } from './describe-run.ts'

const header = [
  '',
  'sent',
  'right',
  'wrong',
  'twice',
  'lost',
  'refused',
  'unknown',
  'p50 ms',
  'p99 ms',
  'worst gap ms',
]

/** A drill as a table, and below it what broke the promise. */
export function formatReport(report: DrillReport): string {
  const { drill, what, times, seed, changeover, course } = report
  const rows = [
    header,
    ...formatRun('changeover', changeover),
    ...(course === undefined ? [] : formatRun('course', course)),
  ]
  const verdict = changeover.kept ? 'kept' : 'BROKEN'
  return [
    `${[`${drill}: ${times} × ${what}`, ...formatStack(report), `seed ${seed}`].join('; ')}; the promise is ${verdict}\n`,
    formatTable(rows),
    ...formatFaults('changeover', changeover),
    ...(course === undefined ? [] : formatFaults('course', course)),
  ].join('')
}

/** How the stack differs from one with its own gateway and no service manager. */
function formatStack({ front, answerTimeoutMs, isUnderSupervisord }: DrillReport): string[] {
  return [
    ...(answerTimeoutMs === null
      ? []
      : [`through ${front}, which waits ${answerTimeoutMs} ms for an answer`]),
    ...(isUnderSupervisord ? ['under supervisord'] : []),
  ]
}

function formatRun(stack: string, { undisturbed, disturbed }: RunReport): string[][] {
  return [
    [`  ${stack}, undisturbed`, ...formatFigures(undisturbed)],
    [`  ${stack}`, ...formatFigures(disturbed)],
  ]
}

function formatFigures(figures: Figures): string[] {
  const { sent, right, wrong, twice, lost, refused, unknown, p50Ms, p99Ms, worstGapMs } = figures
  return [
    ...[sent, right, wrong, twice, lost, refused, unknown].map(String),
    ...[p50Ms, p99Ms, worstGapMs].map((value) => value?.toFixed(1) ?? '-'),
  ]
}

function formatFaults(stack: string, { findings, breachCount, breaches }: RunReport): string[] {
  const more = breachCount - breaches.length
  return [
    ...findings.map((finding) => `  ${stack}: ${finding}\n`),
    ...breaches.map((breach) => `  ${stack}: ${formatBreach(breach)}\n`),
    ...(more > 0 ? [`  ${stack}: … and ${more} requests more\n`] : []),
  ]
}

function formatBreach({ id, client, outcome, why, sentMs, request, answers, expected }: Breach): string {
  const came = answers.map(
    ({ afterMs, status, version, body }) =>
      `${status} ${JSON.stringify(body)} by ${version ?? 'no version'} after ${afterMs.toFixed(0)} ms`,
  )
  return [
    `${outcome}: request ${id} (${client}), sent at ${(sentMs / 1_000).toFixed(3)} s: ${why}`,
    `sent:     ${request?.method ?? ''} ${request?.path ?? ''} ${request?.body ?? ''}`,
    `came:     ${came.length === 0 ? 'nothing' : came.join('; ')}`,
    `expected: ${expected.join('; or ')}`,
  ].join('\n      ')
}
