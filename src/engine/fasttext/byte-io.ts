/** A file to read from. `read` fills the whole of `target` from byte `offset` on, or throws. */
export type ByteSource = {
  readonly sizeBytes: number
  read(offset: number, target: Uint8Array): void
}

/** A file to write to. Calls come in order and leave no gap; `bytes` are only valid during the call. */
export type ByteSink = {
  write(offset: number, bytes: Uint8Array): void
}
