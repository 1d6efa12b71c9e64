import type { Figures, Judgement, Outcome, Rules } from '../../harness/judge/index.ts'
import { countFigures, expectedOf } from '../../harness/judge/index.ts'
import type { LoadRequest } from '../../harness/load/index.ts'
import type { Front } from '../stacks/front-door.ts'

/** One request that breaks the promise, with all that is needed to look into it. */
export type Breach = {
  readonly id: number
  readonly client: string
  readonly outcome: Outcome
  readonly why: string
  /** From the first request of the load. */
  readonly sentMs: number
  readonly request: LoadRequest | undefined
  readonly answers: readonly {
    readonly afterMs: number
    readonly status: number
    readonly version: string | undefined
    readonly body: string
  }[]
  readonly expected: readonly string[]
}

/** What one stack did. */
export type RunReport = {
  readonly kept: boolean
  readonly undisturbed: Figures
  readonly disturbed: Figures
  /** Breaches of the promise that are not requests. */
  readonly findings: readonly string[]
  readonly breachCount: number
  /** The first few of them. */
  readonly breaches: readonly Breach[]
}

export type DrillReport = {
  readonly drill: string
  readonly what: string
  readonly times: number
  readonly seed: number
  /** What the clients reached our stack through, and how long that waits for an instance that hangs; null where it sees that sooner. */
  readonly front: Front
  readonly answerTimeoutMs: number | null
  readonly isUnderSupervisord: boolean
  readonly changeover: RunReport
  readonly course?: RunReport
}

export type Run = {
  readonly calm: readonly Judgement[]
  readonly disturbed: readonly Judgement[]
  readonly rules: Rules
  readonly requests: readonly LoadRequest[]
  readonly findings: readonly string[]
}

const shownBreaches = 10
const shownCharacters = 400

export function describeRun({ calm, disturbed, rules, requests, findings }: Run): RunReport {
  const breaches = [...breachesOf(calm, rules, requests), ...breachesOf(disturbed, rules, requests)]
  return {
    kept: breaches.length === 0 && findings.length === 0,
    undisturbed: countFigures(calm),
    disturbed: countFigures(disturbed),
    findings,
    breachCount: breaches.length,
    breaches: breaches.slice(0, shownBreaches),
  }
}

function breachesOf(
  judgements: readonly Judgement[],
  rules: Rules,
  requests: readonly LoadRequest[],
): readonly Breach[] {
  const begunMs = judgements[0]?.exchange.sentMs ?? 0
  return judgements.flatMap(({ exchange, outcome, breach }) =>
    breach === undefined
      ? []
      : [
          {
            id: exchange.id,
            client: exchange.client,
            outcome,
            why: breach,
            sentMs: exchange.sentMs - begunMs,
            request: requests[exchange.request],
            answers: exchange.answers.map(({ atMs, status, version, body }) => ({
              afterMs: atMs - exchange.sentMs,
              status,
              version,
              body: body.slice(0, shownCharacters),
            })),
            expected: expectedOf(exchange, rules),
          },
        ],
  )
}
