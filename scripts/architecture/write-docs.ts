import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { drawRooms } from './draw.ts'
import { folders, rooms } from './rooms.ts'

const page = 'docs/architecture.md'
const picture = 'docs/rooms.svg'
const decisions = 'docs/adr'
const decisionIndex = join(decisions, 'README.md')
const [begin, end] = ['<!-- made by npm run docs:architecture -->', '<!-- end -->']

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

function tables(): string {
  const say = (imports: readonly string[]): string => (imports[0] === '*' ? 'all others' : imports.join(', '))
  return [
    table(
      ['room in `src`', 'what it is for', 'imports'],
      Object.entries(rooms).map(([name, { purpose, imports }]) => [name, purpose, say(imports)]),
    ),
    table(
      ['folder', 'what it is for', 'imports, beside `src`'],
      Object.entries(folders).map(([name, { purpose, imports }]) => [name, purpose, say(imports)]),
    ),
  ].join('\n\n')
}

/** The list of the decisions, by the first line of each. */
function listDecisions(): string {
  const files = readdirSync(decisions).filter((name) => /^\d{4}-/.test(name))
  const lines = files.sort().map((name) => {
    const heading = /^# (\d+)\. (.+)$/.exec(readFileSync(join(decisions, name), 'utf8').split('\n')[0] ?? '')
    if (heading === null || Number(heading[1]) !== Number(name.slice(0, 4)))
      throw new Error(`${name} must begin with “# ${Number(name.slice(0, 4))}. What was decided”`)
    return `- [${name.slice(0, 4)}](${name}) ${heading[2] ?? ''}`
  })
  return `# Decisions\n\nWhy things are as they are, where one might ask. Made by \`npm run docs:architecture\`.\n\n${lines.join('\n')}\n`
}

/** The files as they should be. */
function docs(): readonly (readonly [path: string, text: string])[] {
  const text = readFileSync(page, 'utf8')
  const [before = '', rest = ''] = text.split(begin)
  const after = rest.split(end)[1]
  if (after === undefined) throw new Error(`${page} has no place for the table: ${begin} … ${end}`)
  return [
    [page, `${before}${begin}\n\n${tables()}\n\n${end}${after}`],
    [picture, drawRooms()],
    [decisionIndex, listDecisions()],
  ]
}

const isCheck = process.argv.includes('--check')
for (const [path, text] of docs()) {
  if (!isCheck) writeFileSync(path, text)
  else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    console.error(`${path} is out of date; run npm run docs:architecture`)
    process.exitCode = 1
  }
}
