import fc from 'fast-check'
import { expect, it } from 'vitest'

import { CompiledModelError, type CompiledModelErrorCode } from '../errors.ts'
import { buildModelFile, compileInMemory, thrownBy, tinyModel } from '../testing/model-file-builder.ts'
import { decodeHeader, sectionNames } from './layout.ts'
import { openCompiled } from './open-compiled.ts'

const compiled = compileInMemory(buildModelFile(tinyModel))
const { metadata, vocabularySlots } = decodeHeader(compiled).sections
const offsetOfSection = (name: (typeof sectionNames)[number]): number => 32 + sectionNames.indexOf(name) * 16

function changed(change: (view: DataView) => void): ArrayBuffer {
  const copy = compiled.slice()
  change(new DataView(copy))
  return copy
}

const cases: readonly { name: string; bytes: ArrayBuffer; code: CompiledModelErrorCode }[] = [
  { name: 'nothing', bytes: new ArrayBuffer(0), code: 'not_compiled' },
  { name: 'zeros', bytes: new ArrayBuffer(4096), code: 'not_compiled' },
  { name: 'the original', bytes: buildModelFile(tinyModel).slice().buffer, code: 'not_compiled' },
  {
    name: 'a newer format',
    bytes: changed((view) => view.setUint32(8, 99, true)),
    code: 'wrong_format_version',
  },
  {
    name: 'another number of sections',
    bytes: changed((view) => view.setUint32(12, 8, true)),
    code: 'bad_layout',
  },
  { name: 'a cut file', bytes: compiled.slice(0, -1), code: 'bad_layout' },
  {
    name: 'a section past the end',
    bytes: changed((view) => view.setFloat64(offsetOfSection('outputRows') + 8, 1e12, true)),
    code: 'bad_layout',
  },
  {
    name: 'a section of no size',
    bytes: changed((view) => view.setFloat64(offsetOfSection('wordBytes') + 8, Number.NaN, true)),
    code: 'bad_layout',
  },
  {
    name: 'a section out of place',
    bytes: changed((view) => view.setFloat64(offsetOfSection('inputRows'), 64, true)),
    code: 'bad_layout',
  },
  {
    name: 'more words than rows',
    bytes: changed((view) => view.setInt32(metadata.offset + 4, 4, true)),
    code: 'bad_layout',
  },
  {
    name: 'no labels',
    bytes: changed((view) => view.setInt32(metadata.offset + 8, 0, true)),
    code: 'bad_metadata',
  },
  {
    name: 'a negative number',
    bytes: changed((view) => view.setInt32(metadata.offset + 16, -1, true)),
    code: 'bad_metadata',
  },
  {
    name: 'n-grams without buckets',
    bytes: changed((view) => view.setInt32(metadata.offset + 12, 2, true)),
    code: 'bad_metadata',
  },
  {
    name: 'another loss',
    bytes: changed((view) => view.setInt32(metadata.offset + metadata.sizeBytes - 4, 5, true)),
    code: 'bad_metadata',
  },
]

it.each(cases)('refuses $name', ({ bytes, code }) => {
  const error = thrownBy(() => openCompiled(bytes))
  expect(error).toBeInstanceOf(CompiledModelError)
  expect(error).toMatchObject({ code, status: 500 })
})

it('opens or refuses, and answers or throws, with any bytes of the front changed', () => {
  const front = vocabularySlots.offset + vocabularySlots.sizeBytes
  const changes = fc.array(fc.tuple(fc.nat(front - 1), fc.nat(255)), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(changes, (list) => {
      const bytes = changed((view) => {
        for (const [at, value] of list) view.setUint8(at, value)
      })
      try {
        const opened = openCompiled(bytes)
        expect(opened.labels).toHaveLength(opened.description.nLabels)
        expect(opened.predict('你好 bye unknown', -1).length).toBeLessThanOrEqual(opened.description.nLabels)
      } catch (error) {
        expect(error).toBeInstanceOf(CompiledModelError)
      }
    }),
    { numRuns: 2000 },
  )
})
