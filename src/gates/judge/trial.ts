import { toMessage } from '../../contracts/index.ts'

/** Asked of every version before it serves: it must give numbers, whatever they are. */
export const trialTexts: readonly string[] = ['你好', '您贵姓', 'hello']

/** What is wrong with the numbers that a version gives for a text; `requireNumbers` looks at those of all labels. */
export function findTrialFaults(requireNumbers: (text: string) => void, text: string): string[] {
  try {
    requireNumbers(text)
    return []
  } catch (error) {
    return [`“${text}”: ${toMessage(error)}`]
  }
}
