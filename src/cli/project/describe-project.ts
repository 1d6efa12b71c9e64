import { stringify } from 'yaml'

import { describeReadme } from './describe-readme.ts'
import type { Project, ProjectFile, ProjectModel } from './project.ts'

/** The files of a new project, except the model. They start as they are. */
export function describeProject(project: Project): readonly ProjectFile[] {
  const { model } = project
  return [
    { path: 'package.json', text: toJson(describePackage(project)) },
    { path: 'changeover.yaml', text: describeConfig(model) },
    { path: 'service.ts', text: describeService(model) },
    { path: 'service.test.ts', text: describeTest(model) },
    { path: 'request.json', text: toJson({ text: '您贵姓' }) },
    { path: 'tsconfig.json', text: toJson(compilerOptions) },
    { path: 'README.md', text: describeReadme(project) },
    { path: '.gitignore', text: 'node_modules/\n.changeover/\n' },
  ]
}

function describePackage({ packageName, versions }: Project): object {
  const { changeover, jiti, typescript } = versions
  return {
    name: packageName,
    version: '0.0.0',
    private: true,
    type: 'module',
    scripts: {
      dev: 'changeover dev',
      start: 'changeover up',
      // Node.js 20 runs no TypeScript by itself.
      test: 'node --import jiti/register --test *.test.ts',
      types: 'tsc',
    },
    dependencies: { changeover },
    devDependencies: { '@types/node': versions['@types/node'], jiti, typescript },
  }
}

const compilerOptions = {
  compilerOptions: {
    module: 'nodenext',
    target: 'es2023',
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    // A file is served as it is, without its types.
    noEmit: true,
    allowImportingTsExtensions: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    skipLibCheck: true,
  },
}

function describeConfig({ name, tokenizer, file }: ProjectModel): string {
  const model = file === undefined ? { tokenizer } : { initial: file.path, tokenizer }
  const comment = '# `tokenizer` must cut texts into the same words as in training.\n'
  return comment + stringify({ service: 'service.ts', models: { [name]: model } })
}

function describeService({ name }: ProjectModel): string {
  return `import { defineService, Type } from 'changeover'

const Label = Type.Object({ label: Type.String(), probability: Type.Number() })

/** Answers with the best label of a text; null if the model knows nothing of it. */
export default defineService((routes) =>
  routes.predict(
    '/v1/classify',
    {
      body: Type.Object({ text: Type.String() }),
      answer: Type.Union([Label, Type.Null()]),
      // Each new process answers these first, so that its first callers do not wait.
      examples: [{ body: { text: '您贵姓' } }],
    },
    ({ body, model }) => model('${name}').top(body.text) ?? null,
  ),
)
`
}

function describeTest({ name, tokenizer, file }: ProjectModel): string {
  const begin = `import assert from 'node:assert/strict'
import { test } from 'node:test'

import { testService } from 'changeover/testing'

import service from './service.ts'

const classify = (body: object) => ({ method: 'POST', body })

test('a text gets its best label', async () => {
  // A function in place of the model: the test itself says what the model answers.
  const app = await testService(service, {
    ${key(name)}: () => [
      { label: '__label__other', probability: 0.2 },
      { label: '__label__name', probability: 0.8 },
    ],
  })
  const answer = await app.request('/v1/classify', classify({ text: '您贵姓' }))
  assert.equal(answer.status, 200)
  assert.deepEqual(await answer.json(), { label: '__label__name', probability: 0.8 })
  await app.close()
})

test('a body without a text is refused', async () => {
  const app = await testService(service)
  assert.equal((await app.request('/v1/classify', classify({}))).status, 400)
  await app.close()
})
`
  if (file === undefined) return begin
  return `${begin}
test('the model answers', async () => {
  const file = new URL('${file.path}', import.meta.url)
  const app = await testService(service, { ${key(name)}: { file, tokenizer: '${tokenizer}' } })
  const answer = await app.request('/v1/classify', classify({ text: '您贵姓' }))
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('x-model-version'), '${name}@${file.version}')
  await app.close()
})
`
}

/** A name of a model as a key in code: it may have a hyphen, or begin with a digit. */
function key(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : `'${name}'`
}

function toJson(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
