/** A schema as TypeBox or JSON Schema writes it. */
export type Schema = object

/** A parameter of an operation. */
export type Parameter = {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly isRequired: boolean
  readonly schema: Schema
  readonly description?: string
  /** As callers send it. */
  readonly example?: string | undefined
}

export type Body = {
  readonly schema: Schema
  /** Whether a request may have none. */
  readonly isOptional?: boolean
  /** Bodies as callers send them. */
  readonly examples?: readonly unknown[]
}

/** An answer that is not an error of the program. */
export type DocumentedAnswer = {
  /** A status, or `default` for all that are not listed. */
  readonly status: string
  readonly description: string
  /** By media type; an answer without any has no body. */
  readonly content: Readonly<Record<string, Schema>>
}

/** What can be asked at a path, as the document describes it. */
export type Operation = {
  readonly method: string
  /** As OpenAPI writes it: `/v1/models/{model}:predict`. */
  readonly path: string
  readonly tag: string
  readonly summary?: string
  readonly description?: string
  readonly parameters: readonly Parameter[]
  readonly body?: Body
  readonly answers: readonly DocumentedAnswer[]
  /** The statuses of errors that are problem details (RFC 9457). */
  readonly problems: readonly number[]
}
