import { toMessage } from '../src/contracts/index.ts'
import { runEngine } from './engine/engine.ts'
import { runGateway } from './gateway/gateway.ts'
import { runLabels } from './labels/labels.ts'
import { runTutorial } from './tutorial/tutorial.ts'

type Benchmark = (signal: AbortSignal) => Promise<object>

const benchmarks: Readonly<Record<string, Benchmark>> = {
  engine: runEngine,
  gateway: runGateway,
  labels: runLabels,
  tutorial: runTutorial,
}

const exitCodes = { failed: 1, usage: 2, interrupted: 130 } as const

const [name = '', ...flags] = process.argv.slice(2)
const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined
const unknownFlags = flags.filter((flag) => flag !== '--json')
if (benchmark === undefined || unknownFlags.length > 0) {
  const fault = benchmark === undefined ? `no benchmark “${name}”` : `no option ${unknownFlags.join(' ')}`
  console.error(
    `bench: there is ${fault}; usage: npm run bench -- NAME [--json], where NAME is one of: ${Object.keys(benchmarks).join(', ')}`,
  )
  process.exitCode = exitCodes.usage
} else {
  await runToEnd(benchmark)
}

/** An interrupted benchmark ends as a failed one does: it removes its processes and folders before it exits. */
async function runToEnd(run: Benchmark): Promise<void> {
  const interruption = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => interruption.abort(new Error(`interrupted by ${signal}`)))
  try {
    const figures = await run(interruption.signal)
    if (flags.includes('--json')) console.log(JSON.stringify(figures))
  } catch (error) {
    const cause: unknown = interruption.signal.aborted ? interruption.signal.reason : error
    console.error(`bench: ${toMessage(cause)}`)
    process.exitCode = interruption.signal.aborted ? exitCodes.interrupted : exitCodes.failed
  }
}
