import type { Verdict } from '../verdict.ts'
import { skip } from '../verdict.ts'
import { minAnswers } from './figures.ts'

/** A check of the bake that could not be made, and why. */
export function notCompared(why: string, figures: Verdict['figures'] = {}): Verdict {
  return { ...skip(`not compared: ${why}`), figures }
}

/** The same for a lack of answers; `which` says of what kind. */
export function tooFew(count: number, which: string, figures: Verdict['figures']): Verdict {
  const answers = count === 1 ? 'answer' : 'answers'
  return notCompared(`${count} ${answers}${which}, ${minAnswers} are needed`, figures)
}
