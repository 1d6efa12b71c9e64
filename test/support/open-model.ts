import type { CompileOptions, ModelDescription, Predictor } from '../../src/engine/fasttext/index.ts'
import { compileModel, openCompiled, readModel } from '../../src/engine/fasttext/index.ts'
import { openModelSource } from '../../src/store/index.ts'

/** Compiles a model file into memory and opens it there. */
export function openModelFile(path: string, options: CompileOptions = {}): Predictor {
  const source = openModelSource(path)
  try {
    const pieces: Uint8Array[] = []
    const write = (_offset: number, bytes: Uint8Array): void => void pieces.push(bytes.slice())
    const { sizeBytes } = compileModel(source, { write }, options)
    const compiled = new Uint8Array(sizeBytes)
    let end = 0
    for (const piece of pieces) {
      compiled.set(piece, end)
      end += piece.length
    }
    return openCompiled(compiled.buffer)
  } finally {
    source.close()
  }
}

export function describeModelFile(path: string): ModelDescription {
  const source = openModelSource(path)
  try {
    return readModel(source)
  } finally {
    source.close()
  }
}
