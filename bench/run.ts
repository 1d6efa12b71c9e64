import { runTutorial } from './tutorial/tutorial.ts'

const benchmarks: Readonly<Record<string, () => Promise<object>>> = { tutorial: runTutorial }

const [name = '', ...flags] = process.argv.slice(2)
const benchmark = benchmarks[name]
if (benchmark === undefined) {
  console.error(`there is no benchmark “${name}”; there is: ${Object.keys(benchmarks).join(', ')}`)
  process.exitCode = 2
} else {
  const figures = await benchmark()
  if (flags.includes('--json')) console.log(JSON.stringify(figures))
}
