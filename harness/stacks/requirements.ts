import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

import { cliFile } from './our-stack.ts'

const programs = {
  fasttext: '/usr/bin/fasttext',
  gunicorn: '/usr/bin/gunicorn',
  nginx: '/usr/sbin/nginx',
  wrk: '/usr/bin/wrk',
  python3: '/usr/bin/python3',
} as const

const pythonModules = {
  fasttext: 'python3-fasttext',
  jieba: 'python3-jieba',
  flask: 'python3-flask',
} as const

/** Throws an error that names the Debian packages that are missing, or says that the program is not built. */
export function checkRequirements(): void {
  check([...Object.entries(programs).flatMap(missingProgram), ...missingModules()])
}

/** The same for a benchmark that needs the load generator alone. */
export function checkLoadRequirements(): void {
  check(missingProgram(['wrk', programs.wrk]))
}

function check(missing: readonly string[]): void {
  if (missing.length > 0)
    throw new Error(
      `the benchmark needs Debian packages that are not installed: apt-get install ${missing.join(' ')}`,
    )
  if (!existsSync(cliFile)) throw new Error('the program is not built: npm run build')
}

function missingProgram([name, path]: readonly [name: string, path: string]): string[] {
  return existsSync(path) ? [] : [name]
}

function missingModules(): string[] {
  if (!existsSync(programs.python3)) return Object.values(pythonModules)
  const script = `
import importlib.util, sys
print(' '.join(name for name in sys.argv[1:] if importlib.util.find_spec(name) is None))`
  const args = ['-c', script, ...Object.keys(pythonModules)]
  const absent = execFileSync(programs.python3, args, { encoding: 'utf8' }).trim().split(' ')
  return Object.entries(pythonModules).flatMap(([name, debian]) => (absent.includes(name) ? [debian] : []))
}
