import { parse } from 'shell-quote'
import { split } from 'shlex'

/** What a command line starts. */
export type ReadCommand =
  | {
      readonly kind: 'gunicorn'
      readonly args: readonly string[]
      readonly folder: string | undefined
      readonly variables: readonly (readonly [string, string])[]
    }
  | { readonly kind: 'nginx' }
  | { readonly kind: 'other'; readonly because: string }

type Unwrapped = {
  readonly words: readonly string[]
  readonly variables: readonly (readonly [string, string])[]
}

type Wrapper = { readonly options?: readonly string[]; readonly words?: number }

/** Programs that start another one, with those of their options that a value follows, and how many words come before that one. */
const wrappers = new Map<string, Wrapper>(
  Object.entries({
    authbind: {},
    chpst: { options: ['-u', '-U', '-e', '-b', '-n', '-l', '-m', '-d', '-o', '-p', '-f', '-c', '-t'] },
    conda: { options: ['-n', '--name', '-p', '--prefix'], words: 1 },
    'ddtrace-run': {},
    dotenv: { options: ['-f', '--file', '-q'], words: 1 },
    env: { options: ['-u', '--unset', '-C', '--chdir'] },
    exec: { options: ['-a'] },
    gosu: { words: 1 },
    ionice: { options: ['-c', '-n'] },
    'newrelic-admin': { words: 1 },
    nice: { options: ['-n'] },
    nohup: {},
    'opentelemetry-instrument': {},
    pipenv: { words: 1 },
    poetry: { words: 1 },
    setsid: {},
    stdbuf: { options: ['-i', '-o', '-e'] },
    'su-exec': { words: 1 },
    sudo: { options: ['-u', '-g', '-C', '-h', '-p'] },
    time: {},
    timeout: { options: ['-k', '-s'], words: 1 },
    uv: { options: ['--project', '--directory'], words: 1 },
  }),
)

/** Servers of Python's applications that are not gunicorn. */
const otherServers =
  /^(uvicorn|hypercorn|daphne|granian|waitress-serve|uwsgi(-core)?|flask|gunicorn_paster|twistd|circusd)$/

/** Reads a command as supervisord cuts it, through what starts gunicorn for it: Python, a shell's -c, env, exec and the like. */
export function readCommand(command: string): ReadCommand {
  try {
    return readWords(split(command))
  } catch {
    return other('its quotes are not closed, so supervisord refuses it')
  }
}

function readWords(given: readonly string[], folder?: string): ReadCommand {
  const { words, variables } = unwrap(given)
  const [program = '', ...args] = words
  const name = baseOf(program)
  if (isGunicorn(name)) return { kind: 'gunicorn', args, folder, variables }
  if (name === 'nginx') return { kind: 'nginx' }
  if (/^(ba|da|z|k|a)?sh$/.test(name)) return readShell(args)
  if (/^(python|pypy)[\d.]*$/.test(name)) return readPython(args, folder, variables)
  if (otherServers.test(name)) return other(otherServer(name))
  if (/\.(sh|bash)$/.test(name)) return other(aScript(program))
  return other(notRead)
}

function readPython(
  args: readonly string[],
  folder: string | undefined,
  variables: Unwrapped['variables'],
): ReadCommand {
  const at = args.findIndex(
    (word, index) => !/^-[a-ln-zA-Z]/.test(word) && !/^-[WX]$/.test(args[index - 1] ?? ''),
  )
  const [word = '', ...rest] = args.slice(at)
  const isModule = word === '-m'
  const name = isModule ? (rest[0] ?? '') : baseOf(word)
  if (isModule ? /^gunicorn(\.app\.wsgiapp)?$/.test(name) : isGunicorn(name))
    return { kind: 'gunicorn', args: isModule ? rest.slice(1) : rest, folder, variables }
  if (otherServers.test(name)) return other(otherServer(name))
  return other(notRead)
}

/** A shell with -c: the first of its commands that is gunicorn. A script is not read: what it does depends on a shell. */
function readShell(args: readonly string[]): ReadCommand {
  const at = args.findIndex((word) => /^-\w*c$/.test(word))
  const text = args[at + 1]
  if (at < 0 || text === undefined) return other(aScript(args.find((word) => !word.startsWith('-')) ?? 'it'))
  let folder: string | undefined
  const commands = shellCommands(text).map((words) => {
    if (words[0] === 'cd') folder = words[1]
    return readWords(words, folder)
  })
  return (
    commands.find(({ kind }) => kind !== 'other') ??
    commands.find((command) => command.kind === 'other' && command.because !== notRead) ??
    other(notRead)
  )
}

/** The commands of a shell's text. What only a shell can work out stays as `$NAME`, or as `$()`. */
function shellCommands(text: string): readonly (readonly string[])[] {
  const plain = text
    .replace(/\\\n/g, ' ')
    .replace(/\$\(\(.*?\)\)|\$\([^()]*\)|`[^`]*`/gs, '$$COMMAND')
    .replace(/\$\{(\w+)[^}]*\}/g, '$$$1')
    .replaceAll('\n', ' ; ')
  const commands: string[][] = [[]]
  let isRedirected = false
  for (const entry of parse(plain, (name) => `$${name}`)) {
    if (typeof entry === 'string') {
      if (!isRedirected) commands.at(-1)?.push(entry)
      isRedirected = false
    } else if ('op' in entry && entry.op === 'glob') commands.at(-1)?.push(entry.pattern)
    else if ('op' in entry) {
      isRedirected = /[<>]/.test(entry.op)
      if (!isRedirected) commands.push([])
      else if (/^\d$/.test(commands.at(-1)?.at(-1) ?? '')) commands.at(-1)?.pop()
    }
  }
  return commands.filter((words) => words.length > 0)
}

/** Takes off what starts the program, and the variables before it. */
function unwrap(given: readonly string[]): Unwrapped {
  const words = [...given]
  const variables: (readonly [string, string])[] = []
  for (;;) {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(words[0] ?? '') ?? []
    const wrapper = wrappers.get(baseOf(words[0] ?? ''))
    if (name !== undefined && value !== undefined) {
      variables.push([name, value])
      words.shift()
    } else if (wrapper === undefined) return { words, variables }
    else {
      const { options = [], words: count = 0 } = wrapper
      words.shift()
      const skipOptions = (): void => {
        while (words[0]?.startsWith('-') === true) words.splice(0, options.includes(words[0]) ? 2 : 1)
      }
      skipOptions()
      words.splice(0, count)
      skipOptions()
    }
  }
}

function isGunicorn(name: string): boolean {
  return /^gunicorn3?$/.test(name)
}

function baseOf(path: string): string {
  return path.split('/').at(-1) ?? path
}

function other(because: string): ReadCommand {
  return { kind: 'other', because }
}

const notRead =
  'it is not known what this starts; if nginx passes requests to it, Changeover replaces it, otherwise supervisord keeps running it'

function otherServer(name: string): string {
  return `${name} is not gunicorn, and its options are not read; look up where it listens and how many processes it has`
}

function aScript(path: string): string {
  return `${path} is a script, which is not read; look for gunicorn’s -b and -w in it`
}
