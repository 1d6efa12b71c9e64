/** What was sent and what came, whether the promise was kept, and the figures. No I/O, no clock. */
export { countFigures } from './figures.ts'
export type { Figures } from './figures.ts'
export { beginExchange } from './history.ts'
export type { Answer, Exchange, History } from './history.ts'
export { expectedOf, judge } from './judge.ts'
export type { Expected, ExpectedAnswers, Judgement, Outcome, Rules, Span } from './judge.ts'
export { Timeline } from './timeline.ts'
