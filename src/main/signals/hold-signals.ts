const early = new Set<NodeJS.Signals>()
let hear: ((signal: NodeJS.Signals) => void) | undefined

const isChild = process.send !== undefined
const isServer = process.argv.slice(2).some((word) => word === 'up' || word === 'serve')

// Other commands keep the job control of their terminal.
const held: readonly NodeJS.Signals[] =
  isChild || isServer
    ? ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGTTIN', 'SIGTTOU', 'SIGWINCH']
    : ['SIGUSR1', 'SIGUSR2']

/*
 * The first thing that every process does. If USR1 is not handled, Node opens its debugger, through which any local user runs
 * code as this one; other signals would end or stop a process. The entries import this file alone: anything else they imported would
 * be loaded before any of it runs. See docs/adr/0031.
 */
for (const signal of held)
  process.on(signal, () => {
    if (hear === undefined) early.add(signal)
    else hear(signal)
  })

/** Handles the held signals from now on; those that have already come at once, each once. */
export function hearSignals(listener: (signal: NodeJS.Signals) => void): void {
  hear = listener
  for (const signal of early) listener(signal)
  early.clear()
}
