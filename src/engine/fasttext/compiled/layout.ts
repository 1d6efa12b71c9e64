import { CompiledModelError } from '../errors.ts'

/** The sections of a compiled model, in the order in which they stand. All numbers are little-endian. */
export const sectionNames = [
  'metadata',
  'labelOffsets',
  'labelBytes',
  'vocabularySlots',
  'wordBytes',
  'prunedBuckets',
  'labelTree',
  'inputRows',
  'inputCentroids',
  'inputNormCodes',
  'outputRows',
  'outputCentroids',
  'outputNormCodes',
] as const

export type SectionName = (typeof sectionNames)[number]

/** The place of a section, in bytes from the start of the compiled model. */
export type Section = { readonly offset: number; readonly sizeBytes: number }

export type CompiledLayout = {
  readonly sizeBytes: number
  readonly sections: Readonly<Record<SectionName, Section>>
}

const alignmentBytes = 64
const magic = [0x4e414843, 0x564f4547]
const formatVersion = 2
const tableStart = 32
const tableEntryBytes = 16
const headerBytes = tableStart + sectionNames.length * tableEntryBytes

/** Puts sections of these sizes one after the other, each on a multiple of 64 bytes. */
export function planLayout(sizes: Readonly<Record<SectionName, number>>): CompiledLayout {
  let end = headerBytes
  const place = (sizeBytes: number): Section => {
    const offset = Math.ceil(end / alignmentBytes) * alignmentBytes
    end = offset + sizeBytes
    return { offset, sizeBytes }
  }
  const sections = mapSections((name) => place(sizes[name]))
  return { sizeBytes: end, sections }
}

/** The header of a compiled model: magic, format version, number of sections, size, table of sections. */
export function encodeHeader(layout: CompiledLayout): Uint8Array {
  const view = new DataView(new ArrayBuffer(headerBytes))
  magic.forEach((word, i) => view.setUint32(i * 4, word, true))
  view.setUint32(8, formatVersion, true)
  view.setUint32(12, sectionNames.length, true)
  // Float64 holds whole numbers up to 2^53 exactly, so offsets beyond 4 GiB need no second word.
  view.setFloat64(16, layout.sizeBytes, true)
  sectionNames.forEach((name, i) => {
    const { offset, sizeBytes } = layout.sections[name]
    view.setFloat64(tableStart + i * tableEntryBytes, offset, true)
    view.setFloat64(tableStart + i * tableEntryBytes + 8, sizeBytes, true)
  })
  return new Uint8Array(view.buffer)
}

/** Reads and checks the header; throws CompiledModelError. */
export function decodeHeader(bytes: ArrayBuffer): CompiledLayout {
  if (bytes.byteLength < headerBytes) {
    throw new CompiledModelError('not_compiled', `its ${bytes.byteLength} bytes are too few for a header`)
  }
  const view = new DataView(bytes, 0, headerBytes)
  if (!magic.every((word, i) => view.getUint32(i * 4, true) === word)) {
    throw new CompiledModelError('not_compiled', 'it does not begin with the signature of a compiled model')
  }
  const version = view.getUint32(8, true)
  if (version !== formatVersion) {
    const why = `it has format version ${version}, and this release opens version ${formatVersion}`
    throw new CompiledModelError('wrong_format_version', why)
  }
  const layout = { sizeBytes: view.getFloat64(16, true), sections: readSections(view) }
  checkLayout(layout, view.getUint32(12, true), bytes.byteLength)
  return layout
}

function readSections(view: DataView): CompiledLayout['sections'] {
  return mapSections((_, i) => ({
    offset: view.getFloat64(tableStart + i * tableEntryBytes, true),
    sizeBytes: view.getFloat64(tableStart + i * tableEntryBytes + 8, true),
  }))
}

function checkLayout(layout: CompiledLayout, sectionCount: number, byteLength: number): void {
  if (sectionCount !== sectionNames.length) {
    throw new CompiledModelError('bad_layout', `it claims ${sectionCount} sections`)
  }
  if (layout.sizeBytes !== byteLength) {
    throw new CompiledModelError('bad_layout', `it has ${byteLength} bytes, but claims ${layout.sizeBytes}`)
  }
  // One plan follows from the sizes, so anything else in the table is damage.
  const planned = planLayout(mapSections((name) => layout.sections[name].sizeBytes))
  for (const name of sectionNames) {
    const { offset, sizeBytes } = layout.sections[name]
    const isWhole = Number.isSafeInteger(sizeBytes) && sizeBytes >= 0
    if (!isWhole || offset !== planned.sections[name].offset) {
      throw new CompiledModelError('bad_layout', `its section ${name} is at an impossible offset`)
    }
  }
  if (planned.sizeBytes !== byteLength) {
    throw new CompiledModelError('bad_layout', `its sections end at ${planned.sizeBytes}, not at its end`)
  }
}

/** An entry for each section. */
export function mapSections<T>(give: (name: SectionName, index: number) => T): Record<SectionName, T> {
  return Object.fromEntries(sectionNames.map((name, i) => [name, give(name, i)])) as Record<SectionName, T>
}
