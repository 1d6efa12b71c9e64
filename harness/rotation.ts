import { execFileSync } from 'node:child_process'

/** `npm run test:full` tries all of every large set. */
export const isFullRun = process.env['CHANGEOVER_TESTS'] === 'full'

/** Of a large set one case in ten is tried in a usual run. */
const usualShare = 10

/** What counts as changed is what the commits of the last day have touched, and what is not committed. */
const changedWithinSeconds = 24 * 60 * 60

/**
 * The cases of a large set that a run tries: all of them in a full run, or if a change has touched one of `sources` (paths from
 * the root); else one in `share`, others with each commit. Says which, and how to have the same again.
 */
export function inRotation<Case>(
  what: string,
  cases: readonly Case[],
  sources: readonly string[],
  share = usualShare,
): readonly Case[] {
  const touched = isFullRun ? undefined : findTouched(sources)
  if (isFullRun || touched !== undefined) {
    console.log(
      `${what}: all ${cases.length}, ${isFullRun ? 'a full run' : `as ${touched ?? ''} has changed`}`,
    )
    return cases
  }
  const seed = Number(process.env['TEST_SEED'] ?? seedOfCommit())
  const chosen = cases.filter((_, index) => index % share === seed % share)
  const some = chosen.length > 0 ? chosen : cases.slice(0, 1)
  console.log(
    `${what}: ${some.length} of ${cases.length}; TEST_SEED=${seed} tries the same, npm run test:full tries all`,
  )
  return some
}

function seedOfCommit(): number {
  return Number.parseInt(git('rev-parse', 'HEAD').slice(0, 6) || '0', 16)
}

/** The first of `sources` in which something has changed lately. */
function findTouched(sources: readonly string[]): string | undefined {
  const headSeconds = Number(git('show', '--no-patch', '--format=%ct', 'HEAD'))
  const before = git('rev-list', '-1', `--before=${headSeconds - changedWithinSeconds}`, 'HEAD')
  const committed = before === '' ? '' : git('diff', '--name-only', before, 'HEAD')
  const changed = `${committed}\n${git('diff', '--name-only', 'HEAD')}`.split('\n')
  return sources.find((source) => changed.some((path) => path.startsWith(source)))
}

/** The output of git; empty if this is not a checkout. */
function git(...args: readonly string[]): string {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return ''
  }
}
