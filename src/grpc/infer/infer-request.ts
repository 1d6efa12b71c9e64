/** The values of `InferParameter`. */
export type ParameterValue = string | number | boolean

export type ParameterValues = Readonly<Record<string, ParameterValue>>

/** What an input has in `contents`. */
export type TensorContents = {
  /** `bytes_contents` as a binary tensor: each element after its length, 4 bytes, little-endian. */
  readonly elements: Buffer
  /** A field of another type that has elements. */
  readonly otherField: string | undefined
}

export type InputTensor = {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly parameters: ParameterValues
  readonly contents: TensorContents | undefined
}

/** A `ModelInferRequest` as far as the protocol over REST has a place for it. */
export type InferRequest = {
  readonly model: string
  readonly version: string
  readonly id: string
  readonly parameters: ParameterValues
  readonly inputs: readonly InputTensor[]
  /** The names of the outputs. */
  readonly outputs: readonly string[]
  readonly raw: readonly Buffer[]
}
