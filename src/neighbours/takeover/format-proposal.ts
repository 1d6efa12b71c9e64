import { formatPlace } from './finding.ts'
import type { Finding, Found } from './finding.ts'
import { settingKeys } from './nginx-settings.ts'
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
  return `# Proposed by \`changeover adopt\` from ${sources.join(' and ')}.
# What was not taken over is at the end; read it before you use this file.
`
}

function service(): string {
  return `# The routes of the Flask application, to be written anew: docs/from-the-course.md shows how.
service: service.ts
`
}

function models({ model }: Proposal): string {
  if (model === undefined)
    return `# No model file was found: name yours, as in
#   name_question: { initial: name_question_1591259822.bin, tokenizer: jieba }
models: {}
`
  return `models:
  ${model.name}:
    initial: ${quote(model.initial.value)} # ${places(model.initial)}
    tokenizer: jieba # as in the course; name what the training text was cut with
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

function remarks({ findings }: Proposal): string {
  const left = findings.filter(({ kind }) => kind === 'left')
  const needless = findings.filter(({ kind }) => kind === 'needless')
  const nothing = '# Not taken over: nothing.\n'
  const leftPart = left.length === 0 ? nothing : `# Not taken over:\n${left.map(remark).join('')}`
  const needlessPart =
    needless.length === 0 ? '' : `#\n# Understood, with nothing to do:\n${needless.map(remark).join('')}`
  return leftPart + needlessPart
}

function remark({ place, what, because }: Finding): string {
  return `#   ${formatPlace(place)}: ${what.replace(/\s*\n\s*/g, ' ')}\n#     ${because}\n`
}

function line(text: string, found: Found<unknown>): string {
  return `${text} # ${places(found)}\n`
}

function places({ places: list }: Found<unknown>): string {
  return list.length === 0 ? 'the default of nginx' : list.map(formatPlace).join(', ')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
