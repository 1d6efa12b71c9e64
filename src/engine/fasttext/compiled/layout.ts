import { CompiledModelError } from '../errors.ts'

/** The sections of a compiled model, in the order in which they stand. All numbers are little-endian. */
export const SECTION_NAMES = [
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

export type SectionName = (typeof SECTION_NAMES)[number]

/** The place of a section, in bytes from the start of the compiled model. */
export type Section = { readonly offset: number; readonly sizeBytes: number }

export type CompiledLayout = {
  readonly sizeBytes: number
  readonly sections: Readonly<Record<SectionName, Section>>
}

const ALIGNMENT_BYTES = 64
const MAGIC = [0x4e414843, 0x564f4547]
const FORMAT_VERSION = 2
const TABLE_START = 32
const TABLE_ENTRY_BYTES = 16
const HEADER_BYTES = TABLE_START + SECTION_NAMES.length * TABLE_ENTRY_BYTES

/** Puts sections of these sizes one after the other, each on a multiple of 64 bytes. */
export function planLayout(sizes: Readonly<Record<SectionName, number>>): CompiledLayout {
  let end = HEADER_BYTES
  const place = (sizeBytes: number): Section => {
    const offset = Math.ceil(end / ALIGNMENT_BYTES) * ALIGNMENT_BYTES
    end = offset + sizeBytes
    return { offset, sizeBytes }
  }
  const sections = mapSections((name) => place(sizes[name]))
  return { sizeBytes: end, sections }
}

/** The header of a compiled model: magic, format version, number of sections, size, table of sections. */
export function encodeHeader(layout: CompiledLayout): Uint8Array {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES))
  MAGIC.forEach((word, i) => view.setUint32(i * 4, word, true))
  view.setUint32(8, FORMAT_VERSION, true)
  view.setUint32(12, SECTION_NAMES.length, true)
  // Float64 holds whole numbers up to 2^53 exactly, so offsets beyond 4 GiB need no second word.
  view.setFloat64(16, layout.sizeBytes, true)
  SECTION_NAMES.forEach((name, i) => {
    const { offset, sizeBytes } = layout.sections[name]
    view.setFloat64(TABLE_START + i * TABLE_ENTRY_BYTES, offset, true)
    view.setFloat64(TABLE_START + i * TABLE_ENTRY_BYTES + 8, sizeBytes, true)
  })
  return new Uint8Array(view.buffer)
}

/** Reads and checks the header; throws CompiledModelError. */
export function decodeHeader(bytes: ArrayBuffer): CompiledLayout {
  if (bytes.byteLength < HEADER_BYTES) {
    throw new CompiledModelError('not_compiled', `its ${bytes.byteLength} bytes are too few for a header`)
  }
  const view = new DataView(bytes, 0, HEADER_BYTES)
  if (!MAGIC.every((word, i) => view.getUint32(i * 4, true) === word)) {
    throw new CompiledModelError('not_compiled', 'it does not begin with the signature of a compiled model')
  }
  const version = view.getUint32(8, true)
  if (version !== FORMAT_VERSION) {
    const why = `it has format version ${version}, and this release opens version ${FORMAT_VERSION}`
    throw new CompiledModelError('wrong_format_version', why)
  }
  const layout = { sizeBytes: view.getFloat64(16, true), sections: readSections(view) }
  checkLayout(layout, view.getUint32(12, true), bytes.byteLength)
  return layout
}

function readSections(view: DataView): CompiledLayout['sections'] {
  return mapSections((_, i) => ({
    offset: view.getFloat64(TABLE_START + i * TABLE_ENTRY_BYTES, true),
    sizeBytes: view.getFloat64(TABLE_START + i * TABLE_ENTRY_BYTES + 8, true),
  }))
}

function checkLayout(layout: CompiledLayout, sectionCount: number, byteLength: number): void {
  if (sectionCount !== SECTION_NAMES.length) {
    throw new CompiledModelError('bad_layout', `it claims ${sectionCount} sections`)
  }
  if (layout.sizeBytes !== byteLength) {
    throw new CompiledModelError('bad_layout', `it has ${byteLength} bytes, but claims ${layout.sizeBytes}`)
  }
  // One plan follows from the sizes, so anything else in the table is damage.
  const planned = planLayout(mapSections((name) => layout.sections[name].sizeBytes))
  for (const name of SECTION_NAMES) {
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
  return Object.fromEntries(SECTION_NAMES.map((name, i) => [name, give(name, i)])) as Record<SectionName, T>
}
