/** Histograms, meters and totals that several kinds of process use. */
export { AnswerMeter } from './answer-meter.ts'
export { maxLabels, otherName, pastName } from './counters.ts'
export { endOfBucketMs, LatencyHistogram } from './latency-histogram.ts'
export { Ledger, type SavedLedger } from './ledger.ts'
export { type MetersOfRoute, RouteMeters } from './route-meters.ts'
export { differenceOf, noLabel } from './second.ts'
