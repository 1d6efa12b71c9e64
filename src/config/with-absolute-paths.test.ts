import Type from '#typebox'
import { expect, it } from 'vitest'

import { ConfigSchema, pathString } from './schema/index.ts'
import { withAbsolutePaths } from './with-absolute-paths.ts'

it('makes what the schema marks absolute, wherever it lies, and nothing else', () => {
  const schema = Type.Object({
    file: pathString({}),
    name: Type.String(),
    files: Type.Optional(Type.Array(pathString({}))),
    byName: Type.Record(Type.String(), Type.Object({ file: Type.Optional(pathString({})) })),
  })
  const value = { file: 'a', name: 'b', files: ['c', '/d'], byName: { x: { file: '../e' }, y: {} } }
  expect(withAbsolutePaths(schema, value, '/srv/names')).toEqual({
    file: '/srv/names/a',
    name: 'b',
    files: ['/srv/names/c', '/d'],
    byName: { x: { file: '/srv/e' }, y: {} },
  })
})

it('covers every path of the configuration', () => {
  const written = {
    service: 's.ts',
    data: 'd',
    run: 'r',
    trustedKeys: ['k.pem'],
    watch: { folder: 'w' },
    gateway: { static: 'f', bind: '127.0.0.1:1' },
    models: { m: { initial: 'i.bin', userDictionaries: ['u.txt'], gates: { golden: { file: 'g.txt' } } } },
  }
  expect(withAbsolutePaths(ConfigSchema, written, '/a')).toEqual({
    service: '/a/s.ts',
    data: '/a/d',
    run: '/a/r',
    trustedKeys: ['/a/k.pem'],
    watch: { folder: '/a/w' },
    gateway: { static: '/a/f', bind: '127.0.0.1:1' },
    models: {
      m: { initial: '/a/i.bin', userDictionaries: ['/a/u.txt'], gates: { golden: { file: '/a/g.txt' } } },
    },
  })
})
