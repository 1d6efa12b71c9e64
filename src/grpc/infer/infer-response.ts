/** A `ModelInferResponse` of `assets/grpc/inference.proto`, as the loader takes it. */
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
