import { parseArgs } from 'node:util'

import { toMessage } from '../src/contracts/index.ts'
import type { Drill } from './drills/index.ts'
import { drills } from './drills/index.ts'
import type { Front } from './stacks/front-door.ts'
import { fronts } from './stacks/front-door.ts'

export type DrillOptions = {
  readonly drills: readonly Drill[]
  readonly isJson: boolean
  readonly isShort: boolean
  readonly withCourse: boolean
  /** Undefined: what the configuration says. */
  readonly front: Front | undefined
  readonly isUnderSupervisord: boolean
  readonly seed: number
  readonly configPath: string | undefined
  readonly requestsPath: string | undefined
}

const usage = `usage: npm run drill -- NAME|all [--json] [--short] [--seed N] [--course] [--front FRONT] [--under supervisord] [--config FILE] [--requests FILE]
where NAME is one of: ${drills.map(({ name }) => name).join(', ')}
and FRONT is one of: ${fronts.join(', ')}`

/** Reads the command line; throws with the usage where it cannot be understood. */
export function parseOptions(args: readonly string[], chooseSeed: () => number): DrillOptions {
  const { values, positionals } = parse(args)
  const [name = ''] = positionals
  const chosen = name === 'all' ? drills : drills.filter((drill) => drill.name === name)
  if (positionals.length !== 1 || chosen.length === 0)
    throw new Error(`there is no drill “${positionals.join(' ')}”; ${usage}`)
  const front = fronts.find((known) => known === values.front)
  if (front === undefined && values.front !== undefined)
    throw new Error(`there is no front “${values.front}”; ${usage}`)
  if (values.under !== undefined && values.under !== 'supervisord')
    throw new Error(`--under takes supervisord, not “${values.under}”`)
  const seed = values.seed === undefined ? chooseSeed() : Number(values.seed)
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new Error(`--seed takes a whole number, not “${values.seed ?? ''}”`)
  if (values.config !== undefined && values.requests === undefined)
    throw new Error(
      '--config needs --requests: a file with requests for that service, one JSON object a line',
    )
  if (values.config !== undefined && values.course)
    throw new Error('--course is for the example: the course’s stack has no other service')
  return {
    drills: chosen,
    isJson: values.json,
    isShort: values.short,
    withCourse: values.course,
    front,
    isUnderSupervisord: values.under !== undefined,
    seed,
    configPath: values.config,
    requestsPath: values.requests,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        short: { type: 'boolean', default: false },
        course: { type: 'boolean', default: false },
        front: { type: 'string' },
        under: { type: 'string' },
        seed: { type: 'string' },
        config: { type: 'string' },
        requests: { type: 'string' },
      },
    })
  } catch (error) {
    throw new Error(`${toMessage(error)}; ${usage}`, { cause: error })
  }
}
