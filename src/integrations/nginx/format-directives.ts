import type { NginxDirective } from './directive.ts'

const indent = '    '

/** The text of directives as nginx reads it; `parseDirectives` gives them back. */
export function formatDirectives(directives: readonly NginxDirective[], depth = 0): string {
  return directives
    .map((directive, index) => {
      const isApart = index > 0 && (directive.block !== undefined || directive.comment !== undefined)
      return (isApart ? '\n' : '') + formatDirective(directive, depth)
    })
    .join('')
}

function formatDirective({ name, args, block, comment = [] }: NginxDirective, depth: number): string {
  const margin = indent.repeat(depth)
  const above = comment.map((line) => `${margin}# ${line}\n`).join('')
  const head = margin + [name, ...args].map(quote).join(' ')
  if (block === undefined) return `${above}${head};\n`
  return `${above}${head} {\n${formatDirectives(block, depth + 1)}${margin}}\n`
}

/** In quotes if nginx would split the word without them; in both forms a backslash is an escape before a few characters only. */
function quote(word: string): string {
  const escaped = word.replace(/\\(?=["'\\trn]|$)/g, '\\\\')
  if (/^[^\s;{}"'#]+$/.test(word)) return escaped
  return `"${escaped.replaceAll('"', '\\"')}"`
}
