import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import ts from 'typescript'
import { expect, test } from 'vitest'

const folder = new URL('../support/typed-client/', import.meta.url)
const right = fileURLToPath(new URL('right.ts', folder))
const wrong = fileURLToPath(new URL('wrong.ts', folder))
const expectation = /^ *\/\/ @ts-expect-error (?<code>\d+): (?<what>.*)$/

/** Like those of a page that is bundled: without Node's types, by the exports of the package. */
const options: ts.CompilerOptions = {
  noEmit: true,
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

/** What the compiler says of files, some of them with another text than on disk. */
function compile(files: readonly string[], texts: ReadonlyMap<string, string> = new Map()): ts.Diagnostic[] {
  const host = ts.createCompilerHost(options)
  const readFile = host.readFile.bind(host)
  host.readFile = (name) => texts.get(name) ?? readFile(name)
  const program = ts.createProgram({ rootNames: files, options, host })
  expect(program.getSourceFiles().some(({ fileName }) => fileName.endsWith('dist/client/index.d.ts'))).toBe(true) // prettier-ignore
  return [...ts.getPreEmitDiagnostics(program)]
}

function lineOf({ file, start = 0 }: ts.Diagnostic): number {
  return file?.getLineAndCharacterOfPosition(start).line ?? -1
}

test('what is right compiles, and what is wrong is expected to fail', () => {
  const faults = compile([right, wrong]).map((fault) => `${lineOf(fault) + 1}: ${JSON.stringify(fault.messageText)}`) // prettier-ignore
  expect(faults).toEqual([])
})

test('each wrong path, body, option and use of an answer is an error of its own', () => {
  const lines = readFileSync(wrong, 'utf8').split('\n')
  const expected = lines.flatMap((line, i) => {
    const { code, what } = expectation.exec(line)?.groups ?? {}
    return what === undefined ? [] : [{ line: i + 1, code: Number(code), what }]
  })
  const found = compile([wrong], new Map([[wrong, lines.map((line) => line.replace(expectation, '')).join('\n')]])) // prettier-ignore
  expect(expected.length).toBeGreaterThan(20)
  expect(
    found.map((fault) => ({
      line: lineOf(fault),
      code: fault.code,
      what: expected.find(({ line }) => line === lineOf(fault))?.what,
    })),
  ).toEqual(expected)
})
