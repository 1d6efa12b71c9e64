import { Recorder } from '../../src/traffic-sample/index.ts'

/** Records texts as a worker does whose callers have sent them. */
export async function recordTexts(
  recordFolder: string,
  model: string,
  texts: readonly string[],
): Promise<void> {
  const recorder = new Recorder({
    recordFolder,
    writer: 'primary-0',
    models: { [model]: { share: 1, maxSizeBytes: 1 << 20 } },
    redact: (text) => text,
    nowMs: Date.now,
    random: Math.random,
    log: () => undefined,
  })
  await recorder.start()
  for (const text of texts) recorder.observer(model)?.(text)
  await recorder.close()
}
