/** A parameter of a route: `:name`, `:name(regex)` or `*`. */
export type PathParameter = {
  /** As the handler has it. */
  readonly name: string
  /** As the template has it. */
  readonly placeholder: string
  /** What its text must match. */
  readonly pattern?: string
}

/** A path that a route answers, as OpenAPI writes it. */
export type PathTemplate = { readonly template: string; readonly parameters: readonly PathParameter[] }

const optionalParameter = /(\/:[^/()]*?)\?(\/?)/

/** The paths of a route as find-my-way reads it; two if its last parameter is optional. */
export function toTemplates(path: string): PathTemplate[] {
  if (!optionalParameter.test(path)) return [toTemplate(path)]
  return [path.replace(optionalParameter, '$1$2'), path.replace(optionalParameter, '$2') || '/'].map(
    toTemplate,
  )
}

function toTemplate(path: string): PathTemplate {
  const parameters: PathParameter[] = []
  let template = ''
  let at = 0
  const add = (name: string, pattern?: string): void => {
    const placeholder = placeholderOf(name, parameters)
    parameters.push({ name, placeholder, ...(pattern === undefined ? {} : { pattern }) })
    template += `{${placeholder}}`
  }
  while (at < path.length) {
    const rest = path.slice(at)
    if (rest.startsWith('::')) {
      template += ':'
      at += 2
    } else if (rest.startsWith(':')) {
      const name = /^:([^-.(/]*)/.exec(rest)?.[1] ?? ''
      at += 1 + name.length
      const regexLength = path[at] === '(' ? lengthInParentheses(path.slice(at)) : 0
      const regex = path.slice(at + 1, at + regexLength - 1)
      at += regexLength
      add(name, regexLength === 0 ? undefined : `^(?:${regex.replace(/^\^/, '').replace(/\$$/, '')})$`)
    } else if (rest === '*') {
      add('*')
      at += 1
    } else {
      template += escapeLiteral(String.fromCodePoint(rest.codePointAt(0) ?? 0))
      at += String.fromCodePoint(rest.codePointAt(0) ?? 0).length
    }
  }
  return { template: template.startsWith('/') ? template : `/${template}`, parameters }
}

/** A name that a template can have, once in each. */
function placeholderOf(name: string, others: readonly PathParameter[]): string {
  const wanted = name === '*' ? 'path' : name.replace(/[{}?#/\s]/g, '_') || 'parameter'
  let unique = wanted
  for (let i = 2; others.some(({ placeholder }) => placeholder === unique); i++) unique = `${wanted}_${i}`
  return unique
}

/** What has a meaning in a URL or in a template is escaped; letters of any language stay readable. */
function escapeLiteral(character: string): string {
  return /[{}?#%\s"<>\\^`|]/.test(character) ? encodeURIComponent(character) : character
}

/** The length of a group at the beginning of a text, with its parentheses. */
function lengthInParentheses(text: string): number {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '(') depth++
    else if (text[i] === ')' && --depth === 0) return i + 1
  }
  return text.length
}

/** What two templates have in common that OpenAPI takes for the same: parameters may have any name. */
export function shapeOf(template: string): string {
  return template.replace(/\{[^}]*\}/g, '{}').replace(/(.)\/$/, '$1')
}
