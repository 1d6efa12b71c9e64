/** Messages of `assets/grpc/inference.proto` as the loader gives and takes them: 64-bit numbers as numbers, all fields present. */

/** A value, and which field of the message it is in; undefined if none is set. */
type Parameter = {
  readonly parameter_choice?: 'bool_param' | 'int64_param' | 'string_param' | 'double_param' | 'uint64_param'
  readonly bool_param?: boolean
  readonly int64_param?: number
  readonly string_param?: string
  readonly double_param?: number
  readonly uint64_param?: number
}
export type Parameters = Readonly<Record<string, Parameter>>

type Contents = {
  readonly bytes_contents: readonly Buffer[]
} & Readonly<
  Record<
    | 'bool_contents'
    | 'int_contents'
    | 'int64_contents'
    | 'uint_contents'
    | 'uint64_contents'
    | 'fp32_contents'
    | 'fp64_contents',
    readonly unknown[]
  >
>

export type InputTensor = {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
  readonly parameters: Parameters
  /** Null if it is not there. */
  readonly contents: Contents | null
}

export type ModelInferRequest = {
  readonly model_name: string
  readonly model_version: string
  readonly id: string
  readonly parameters: Parameters
  readonly inputs: readonly InputTensor[]
  readonly outputs: readonly { readonly name: string }[]
  readonly raw_input_contents: readonly Buffer[]
}

export type ModelInferResponse = {
  readonly model_name: string
  readonly model_version: string
  readonly id: string
  readonly outputs: readonly {
    readonly name: string
    readonly datatype: string
    readonly shape: readonly number[]
  }[]
  readonly raw_output_contents: readonly Buffer[]
}
