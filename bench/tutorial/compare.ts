import type { ProcessMemory } from '../../harness/processes.ts'
import { median, sum } from '../../harness/statistics.ts'
import type { PacedUpdate, SaturatedUpdate, ThroughputRound } from './measure.ts'
import type { LoadFigures } from './wrk.ts'

/** Everything that was measured at one stack. */
export type StackFigures = {
  readonly rounds: readonly ThroughputRound[]
  readonly memory: readonly ProcessMemory[]
  readonly saturated: SaturatedUpdate
  readonly paced: PacedUpdate
  readonly kills: LoadFigures
  readonly loadMs: readonly number[]
}

/** The figures of one stack that the table and the ratios are made of. */
type Summary = ReturnType<typeof summarize>

export type Comparison = ReturnType<typeof compare>

/** The benchmark's result, without the raw figures. `tutorial_` marks the course's stack; units are in the names. */
export function compare(ours: StackFigures, course: StackFigures) {
  const our = summarize(ours)
  const their = summarize(course)
  return {
    throughput_ratio_direct: our.rps_direct / their.rps_direct,
    throughput_ratio_gateway: our.rps_gateway / their.rps_gateway,
    throughput_ratio_gateway_many: our.rps_gateway_many / their.rps_gateway_many,
    throughput_ratio_nginx: our.rps_nginx / their.rps_nginx,
    p99_update_ratio: our.p99_update_ms / our.p99_undisturbed_ms,
    p99_update_ratio_paced: our.paced_p99_update_ms / our.paced_p99_undisturbed_ms,
    p99_rollout_ratio_paced: our.paced_p99_rollout_ms / our.paced_p99_undisturbed_ms,
    tutorial_p99_update_ratio: their.p99_update_ms / their.p99_undisturbed_ms,
    tutorial_p99_update_ratio_paced: their.paced_p99_update_ms / their.paced_p99_undisturbed_ms,
    load_ratio: our.load_ms / their.load_ms,
    pss_ratio: our.pss_mb / their.pss_mb,
    ...our,
    ...marked(their),
  }
}

type Marked = { readonly [Key in keyof Summary as `tutorial_${Key}`]: Summary[Key] }

function marked(summary: Summary): Marked {
  return Object.fromEntries(
    Object.entries(summary).map(([key, value]) => [`tutorial_${key}`, value]),
  ) as Marked
}

function summarize({ rounds, memory, saturated, paced, kills, loadMs }: StackFigures) {
  const of = (part: keyof ThroughputRound, figure: keyof LoadFigures): number =>
    median(rounds.map((round) => round[part][figure]))
  return {
    rps_direct: of('direct', 'requestsPerSecond'),
    p50_direct_ms: of('direct', 'p50Ms'),
    p99_direct_ms: of('direct', 'p99Ms'),
    rps_gateway: of('gateway', 'requestsPerSecond'),
    p50_gateway_ms: of('gateway', 'p50Ms'),
    p99_gateway_ms: of('gateway', 'p99Ms'),
    rps_gateway_many: of('gatewayMany', 'requestsPerSecond'),
    p99_gateway_many_ms: of('gatewayMany', 'p99Ms'),
    rps_nginx: of('nginx', 'requestsPerSecond'),
    p50_nginx_ms: of('nginx', 'p50Ms'),
    p99_nginx_ms: of('nginx', 'p99Ms'),
    p99_undisturbed_ms: saturated.undisturbed.p99Ms,
    p99_update_ms: saturated.update.p99Ms,
    paced_p99_undisturbed_ms: paced.undisturbed.p99Ms,
    paced_p99_update_ms: paced.update.p99Ms,
    paced_p99_rollout_ms: paced.rollout.p99Ms,
    paced_max_update_ms: paced.update.maxMs,
    update_ms: paced.updateMs,
    rollout_ms: paced.rolloutMs,
    failed_in_update: saturated.update.failed + paced.window.failed,
    failed_in_kill: kills.failed,
    failed_undisturbed: sum([
      // With the course two parts of a round are the same.
      ...rounds.flatMap((round) => [...new Set(Object.values(round))].map(({ failed }) => failed)),
      saturated.undisturbed.failed,
      paced.undisturbed.failed,
    ]),
    p99_kill_ms: kills.p99Ms,
    load_ms: median(loadMs),
    pss_mb: sum(memory.map(({ pssMb }) => pssMb)),
  }
}
