/** Histograms and meters that several kinds of process use. */
export { AnswerMeter } from './answer-meter.ts'
export { LatencyHistogram } from './latency-histogram.ts'
