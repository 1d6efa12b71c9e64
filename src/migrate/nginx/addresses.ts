/** Whether processes of this machine alone can be meant by an address. */
export function isOfThisMachine(address: string): boolean {
  return address.startsWith('unix:') || /^(127\.|0\.0\.0\.0:|localhost:|\[::1?\]:)/.test(address)
}

/** Whether a connection to `asked` reaches a listener at `bound`. Two host names are the same only if they are written alike. */
export function reaches(asked: string, bound: string): boolean {
  if (asked === bound) return true
  if (asked.startsWith('unix:') || bound.startsWith('unix:')) return false
  return isOfThisMachine(asked) && isOfThisMachine(bound) && portOf(asked) === portOf(bound)
}

/** Whether two processes could not both listen. */
export function collide(one: string, another: string): boolean {
  if (one.startsWith('unix:') || another.startsWith('unix:')) return one === another
  const isForAll = [one, another].some((address) => /^(0\.0\.0\.0|\[::\])?:\d+$/.test(address))
  const hostOf = (address: string): string => address.replace(/:\d+$/, '').replace('localhost', '127.0.0.1')
  return portOf(one) === portOf(another) && (isForAll || hostOf(one) === hostOf(another))
}

function portOf(address: string): string {
  return /:(\d+)$/.exec(address)?.[1] ?? ''
}

/** Why an instance or the gateway cannot listen at an address, or undefined if it can. */
export function addressFault(address: string): string | undefined {
  if (/[$%]/.test(address)) return 'its value is filled in elsewhere; look it up'
  if (address.startsWith('unix:'))
    return address.startsWith('unix:/')
      ? undefined
      : 'the files do not say which folder the socket is in; look it up'
  const [, host, port] = /^(.*):(\d{1,5})$/.exec(address) ?? []
  if (host === undefined || Number(port) > 65_535) return 'this is not an address with a port'
  if (/^(\[[\dA-Fa-f:.]+\]|\d+(\.\d+){3}|localhost)?$/.test(host)) return undefined
  return 'this is a host name; look up its address on this machine'
}
