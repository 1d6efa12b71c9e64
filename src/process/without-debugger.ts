/** Flags of a Node that never opens its debugger on USR1, also in the moment before its first line; older ones have none. */
export const withoutDebugger: readonly string[] = process.allowedNodeEnvironmentFlags.has('--disable-sigusr1')
  ? ['--disable-sigusr1']
  : []
