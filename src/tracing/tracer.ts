/** What is said of a span. No text of a caller belongs here. */
export type Attributes = Readonly<Record<string, string | number | boolean>>

/** A piece of work of a trace. Times are those of `performance.now()`. */
export type Span = {
  /** For the header of what is asked on behalf of this span. */
  readonly traceparent: string
  readonly rename: (name: string) => void
  readonly set: (attributes: Attributes) => void
  readonly event: (name: string, attributes?: Attributes) => void
  readonly fail: (reason: string) => void
  /** Begins a part of this span. */
  readonly begin: (name: string, attributes?: Attributes, atMs?: number) => Span
  readonly end: (atMs?: number) => void
}

/** Begins traces and goes on with those of others. */
export type Tracer = {
  /**
   * A request of a caller, with its `traceparent`, if it has sent one: whether it is traced is what that says, or drawn. Undefined if
   * it is not.
   */
  readonly beginRequest: (traceparent: string | undefined, name: string) => Span | undefined
  /** What another process has begun; undefined if it does not trace it. */
  readonly continueRequest: (traceparent: string | undefined, name: string) => Span | undefined
  /** A trace of its own, which is never left out. */
  readonly begin: (name: string, attributes: Attributes) => Span
  /** Sends what is left, and takes no longer than a second. */
  readonly close: () => Promise<void>
}
