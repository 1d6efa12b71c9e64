import type { ContractChange } from '../../contracts/index.ts'
import { formatNames } from './format-figures.ts'
import type { Verdict } from './verdict.ts'
import { judge, maxListed } from './verdict.ts'

/** What services and training rely on in a version. */
export type Contract = {
  readonly version: string
  readonly labels: readonly string[]
  /** How texts are cut, in words: the same ones mean the same way. */
  readonly tokenizer: string
}

export type ContractLimits = {
  readonly required: readonly string[]
  readonly allow: readonly ContractChange[]
}

const scripts = ['Latin', 'Han', 'Hiragana', 'Katakana', 'Hangul', 'Cyrillic', 'Greek', 'Arabic', 'Hebrew', 'Thai', 'Devanagari'] // prettier-ignore
const scriptTests = scripts.map((name) => ({ name, test: new RegExp(`\\p{Script=${name}}`, 'u') }))
const prefix = /^__label__/

/** Whether a version keeps what is relied on; `before` is null if none serves yet. */
export function judgeContract(
  after: Contract,
  before: Contract | null,
  { required, allow }: ContractLimits,
): Verdict {
  const missing = without(required, after.labels)
  const changes = before === null ? [] : findChanges(before, after)
  const refused = changes.filter(({ change }) => !allow.includes(change))
  const faults = [
    ...(missing.length === 0 ? [] : [`services rely on ${formatNames(missing)}, which it does not have`]),
    ...refused.map(({ change, words }) => `${words}: deploy with --allow ${change} if that is intended`),
  ]
  const as = before === null ? '' : changes.length === 0 ? `, as in ${before.version}` : ''
  const allowed = changes.map(({ words }) => `; allowed: ${words}`).join('')
  return judge(faults, `${after.labels.length} labels, tokenizer ${after.tokenizer}${as}${allowed}`, {
    labelCount: after.labels.length,
    tokenizer: after.tokenizer,
    missing: missing.slice(0, maxListed),
    missingCount: missing.length,
    changes: changes.map(({ change }) => change),
  })
}

type Change = { readonly change: ContractChange; readonly words: string }

function findChanges(before: Contract, after: Contract): Change[] {
  return [...findLabelChange(before, after), ...findTokenizerChange(before, after)]
}

/** Labels in another script are another language, whatever else has changed about them. */
function findLabelChange(before: Contract, after: Contract): Change[] {
  const gone = without(before.labels, after.labels)
  const added = without(after.labels, before.labels)
  if (gone.length + added.length === 0) return []
  const difference = [
    ...(gone.length === 0 ? [] : [`without ${formatNames(gone)}`]),
    ...(added.length === 0 ? [] : [`with ${formatNames(added)}`]),
  ].join(', ')
  const [old, now] = [scriptsOf(before.labels), scriptsOf(after.labels)]
  if (old.join() === now.join())
    return [
      { change: 'label-set', words: `its labels differ from those of ${before.version}, ${difference}` },
    ]
  return [
    {
      change: 'label-language',
      words: `its labels are written in ${now.join(' and ')}, those of ${before.version} in ${old.join(' and ')}, ${difference}`,
    },
  ]
}

function without(labels: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others)
  return labels.filter((label) => !known.has(label))
}

function findTokenizerChange(before: Contract, after: Contract): Change[] {
  if (before.tokenizer === after.tokenizer) return []
  return [
    {
      change: 'tokenizer',
      words: `its texts are split by ${after.tokenizer}, those of ${before.version} by ${before.tokenizer}`,
    },
  ]
}

function scriptsOf(labels: readonly string[]): string[] {
  const names = labels.map((label) => label.replace(prefix, '')).join('\n')
  return scriptTests.filter(({ test }) => test.test(names)).map(({ name }) => name)
}
