import type { Recording } from '../config/schema/index.ts'
import type { Log } from '../contracts/index.ts'
import { toMessage } from '../contracts/index.ts'
import type { RecordedText } from './layout.ts'
import { recordFile } from './layout.ts'
import { RotatingFile } from './rotating-file.ts'

/** Removes from a text what must not be kept; undefined leaves the text out. */
export type Redact = (text: string) => string | undefined

export type RecorderOptions = {
  readonly recordFolder: string
  /** The name of the process that writes, as each has files of its own: `primary-0`. */
  readonly writer: string
  readonly models: Readonly<Record<string, Recording>>
  readonly redact: Redact
  readonly nowMs: () => number
  /** From 0 to below 1, as Math.random. */
  readonly random: () => number
  readonly log: Log
}

/** Keeps a sample of the texts that are sent to models, each model's in a file that never exceeds its limit. */
export class Recorder {
  readonly #options: RecorderOptions
  readonly #files: ReadonlyMap<string, RotatingFile>
  #hasComplained = false

  constructor(options: RecorderOptions) {
    this.#options = options
    const { recordFolder, writer, models } = options
    this.#files = new Map(
      Object.entries(models).map(([model, { maxSizeBytes }]) => [
        model,
        new RotatingFile({
          path: recordFile(recordFolder, model, writer),
          maxSizeBytes,
          onError: (error) => this.#complain('written', error),
        }),
      ]),
    )
  }

  async start(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.start()))
  }

  /** Called with each text that is sent to a model; undefined if the model is not recorded. It never throws. */
  observer(model: string): ((text: string) => void) | undefined {
    const file = this.#files.get(model)
    const share = this.#options.models[model]?.share
    if (file === undefined || share === undefined) return undefined
    return (text) => {
      if (this.#options.random() < share) this.#record(file, text)
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.close()))
  }

  #record(file: RotatingFile, text: string): void {
    try {
      const redacted = this.#options.redact(text)
      if (redacted === undefined) return
      const entry: RecordedText = { atMs: this.#options.nowMs(), text: redacted }
      file.offer(JSON.stringify(entry))
    } catch (error) {
      this.#complain('redacted', error)
    }
  }

  /** Once: what fails for one text fails for most, and the log is for people. */
  #complain(what: 'redacted' | 'written', error: unknown): void {
    if (this.#hasComplained) return
    this.#hasComplained = true
    const why = toMessage(error)
    this.#options.log(
      'error',
      `a text could not be ${what} for the record, and is left out, as are all like it: ${why}`,
    )
  }
}
