import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import ts from 'typescript'
import { expect, test } from 'vitest'

const folder = new URL('../support/typed-client/', import.meta.url)
const right = fileURLToPath(new URL('right.ts', folder))
const wrong = fileURLToPath(new URL('wrong.ts', folder))
const service = fileURLToPath(new URL('service.ts', folder))
const expectation = /^ *\/\/ @ts-expect-error (?<code>\d+): (?<what>.*)$/

/** Like those of a page that is bundled: without Node's types, by the exports of the package. */
const options: ts.CompilerOptions = {
  declaration: true,
  emitDeclarationOnly: true,
  strict: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
  types: [],
  allowImportingTsExtensions: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
}

/** Both files, if what is wrong is not expected to be. */
function createProgram(texts: ReadonlyMap<string, string>): ts.Program {
  const host = ts.createCompilerHost(options)
  const readFile = host.readFile.bind(host)
  host.readFile = (name) => texts.get(name) ?? readFile(name)
  return ts.createProgram({ rootNames: [right, wrong], options, host })
}

const lines = readFileSync(wrong, 'utf8').split('\n')
const bare = lines.map((line) => line.replace(expectation, '')).join('\n')
const program = createProgram(new Map([[wrong, bare]]))

function lineOf({ file, start = 0 }: ts.Diagnostic): number {
  return file?.getLineAndCharacterOfPosition(start).line ?? -1
}

test('what is right compiles; each wrong path, body, option and use of an answer is an error of its own', () => {
  const expected = lines.flatMap((line, i) => {
    const { code, what } = expectation.exec(line)?.groups ?? {}
    return what === undefined ? [] : [{ file: wrong, line: i + 1, code: Number(code), what }]
  })
  const found = ts.getPreEmitDiagnostics(program).map((fault) => ({
    file: fault.file?.fileName,
    line: lineOf(fault),
    code: fault.code,
    what: expected.find(({ line }) => line === lineOf(fault))?.what ?? fault.messageText,
  }))
  expect(expected.length).toBeGreaterThan(20)
  expect(found).toEqual(expected)
})

test('the types come from the package as its users have it, and can be written down with what it exports', () => {
  const files = program.getSourceFiles().map(({ fileName }) => fileName)
  expect(files.filter((name) => name.endsWith('dist/client/index.d.ts'))).toHaveLength(1)
  let declarations = ''
  program.emit(program.getSourceFile(service), (_, text) => (declarations += text))
  expect(declarations).toContain('path: "/label"')
  expect(
    [...declarations.matchAll(/import\("(?<from>[^"]+)"\)/g)].map((match) => match.groups?.['from']),
  ).toEqual(expect.arrayContaining(['changeover']))
  expect(declarations).not.toContain('dist/')
})
