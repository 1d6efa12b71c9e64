import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

import { describe, expect, test } from 'vitest'

const pages = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...['docs', 'examples'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
      .map((name) => join(folder, name)),
  ),
]

/** The text of a page without its blocks of code, in which nothing is a heading or a link. */
function readProse(page: string): string {
  return readFileSync(page, 'utf8').replaceAll(/^ *```[^]*?^ *```$/gm, '')
}

/** The anchors of a page, as GitHub makes them from headings. */
function findAnchors(page: string): readonly string[] {
  return [...readProse(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** The links of a page that lead to no file, or to no heading of it. */
function findBrokenLinks(page: string): readonly string[] {
  const links = [...readProse(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? page : normalize(join(dirname(page), path))
      if (!existsSync(target)) return true
      return anchor !== undefined && !findAnchors(target).includes(decodeURIComponent(anchor))
    })
}

/** What a page and its translation have in common; comments in code and drawings are translated. */
function outline(page: string): object {
  const text = readFileSync(page, 'utf8')
  const prose = readProse(page)
  const blocks = [...text.matchAll(/^ *```(\w*)\n([^]*?)^ *```$/gm)]
  return {
    headings: [...prose.matchAll(/^#+(?= )/gm)].map(([level]) => level),
    rows: [...prose.matchAll(/^\|/gm)].length,
    code: blocks.map(([, language = '', code = '']) =>
      language === 'text' ? language : language + '\n' + code.replaceAll(/ +# .*$/gm, ''),
    ),
    words: [...new Set([...prose.matchAll(/`[^`\n]+`/g)].map(([word]) => word))].sort(),
  }
}

describe('the documentation', () => {
  test.each(pages)('%s has no broken link', (page) => {
    expect(findBrokenLinks(page)).toEqual([])
  })

  test.each(pages.filter((page) => page.endsWith('.zh-CN.md')))(
    '%s says what the English page says',
    (page) => {
      expect(outline(page)).toEqual(outline(page.replace('.zh-CN', '')))
    },
  )

  test('lists every page of docs on its first page', () => {
    const listed = readProse('docs/README.md')
    const missing = readdirSync('docs').filter(
      (name) => name.endsWith('.md') && name !== 'README.md' && !listed.includes(`](${name})`),
    )
    expect(missing).toEqual([])
  })
})
