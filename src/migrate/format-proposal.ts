import type { Finding, Found } from './finding.ts'
import { formatPlace } from './finding.ts'
import { settingKeys } from './nginx/settings.ts'
import type { Proposal } from './propose.ts'

/** A proposal as a `changeover.yaml` to use: each value with the lines that it comes from, and at its end what was not taken over. */
export function formatProposal(proposal: Proposal): string {
  const parts = [
    heading(proposal),
    service(),
    models(proposal),
    instances(proposal),
    limits(proposal),
    remarks(proposal),
  ]
  return parts.filter((part) => part !== '').join('\n')
}

function heading({ sources }: Proposal): string {
  return `# Proposed by \`changeover adopt\` from ${sources.map(plain).join(' and ')}.
# Before you use this file, read the lists at the end: what was not taken over, and what is not set in those files.
`
}

function service(): string {
  return `# Rewrite the routes of the Python application in this file; docs/from-the-course.md shows how.
# A POST whose answer depends only on its body and the models becomes routes.predict: it may be carried out more than once.
# One that does anything else becomes routes.post, which is carried out once. A GET becomes routes.get.
# Until it exists, \`changeover serve --check-config\` reports it as missing.
service: service.ts
`
}

function models({ model }: Proposal): string {
  if (model === undefined)
    return `# No model file was found. Add yours, for example:
#   name_question: { initial: name_question_1591259822.bin, tokenizer: jieba }
models: {}
`
  return `models:
  ${model.name}:
    initial: ${quote(model.initial.value)} # ${places(model.initial)}
    # tokenizer: jieba # not set in those files; choose what the training text was split with
`
}

function instances({ primary, backup, workers, gateway, staticFolder, settings }: Proposal): string {
  const answerTimeout = settings.get('gateway.answerTimeoutMs')
  return [
    ...(primary === undefined ? [] : [line(`primary: { bind: ${quote(primary.value)} }`, primary)]),
    ...(backup === undefined ? [] : [line(`backup: { bind: ${quote(backup.value)} }`, backup)]),
    ...(workers === undefined ? [] : [line(`workers: ${workers.value}`, workers)]),
    ...group('gateway', [
      ...(gateway === undefined ? [] : [line(`bind: ${quote(gateway.value)}`, gateway)]),
      ...(staticFolder === undefined ? [] : [line(`static: ${quote(staticFolder.value)}`, staticFolder)]),
      ...(answerTimeout === undefined
        ? []
        : [line(`answerTimeoutMs: ${answerTimeout.value}`, answerTimeout)]),
    ]),
  ].join('')
}

function limits({ settings }: Proposal): string {
  const bodyLimit = settings.get('bodyLimitBytes')
  const http = settingKeys.flatMap((key) => {
    const found = settings.get(key)
    return found !== undefined && key.startsWith('http.')
      ? [line(`${key.slice('http.'.length)}: ${found.value}`, found)]
      : []
  })
  return [
    ...(bodyLimit === undefined ? [] : [line(`bodyLimitBytes: ${bodyLimit.value}`, bodyLimit)]),
    ...group('http', http),
  ].join('')
}

function group(name: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${name}:\n`, ...lines.map((text) => `  ${text}`)]
}

function remarks({ findings, unsaid }: Proposal): string {
  const left = findings.filter(({ kind }) => kind === 'left')
  const needless = findings.filter(({ kind }) => kind === 'needless')
  return [
    left.length === 0 ? '# Not taken over: nothing.\n' : `# Not taken over:\n${left.map(remark).join('')}`,
    ...(unsaid.length === 0
      ? []
      : [
          `# Not set in those files; these values apply:\n${unsaid.map(({ what, then }) => `#   ${what}: ${then}\n`).join('')}`,
        ]),
    ...(needless.length === 0 ? [] : [`# Understood, nothing to do:\n${needless.map(remark).join('')}`]),
  ].join('#\n')
}

function remark({ place, what, because }: Finding): string {
  return `#   ${plain(formatPlace(place))}: ${plain(what)}\n#     ${plain(because)}\n`
}

function line(text: string, found: Found<unknown>): string {
  return `${text} # ${places(found)}\n`
}

function places({ places: list }: Found<unknown>): string {
  return list.length === 0 ? 'not set in those files' : list.map(formatPlace).map(plain).join(', ')
}

/** On one line: whatever ends a line in YAML would end the comment. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
}

function quote(text: string): string {
  return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) ? JSON.stringify(text) : `'${text.replaceAll("'", "''")}'`
}
