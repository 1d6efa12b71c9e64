/** What was sent and what came, whether the promise was kept, and the figures. No I/O, no clock. */
export type { Figures } from './figures.ts'
export { countFigures } from './figures.ts'
export type { Answer, Exchange, History } from './history.ts'
export { beginExchange } from './history.ts'
export type { Expected, ExpectedAnswers, Judgement, Outcome, Rules, Span } from './judge.ts'
export { expectedOf, judge } from './judge.ts'
export { Timeline } from './timeline.ts'
