/** What a subprocess that reads untrusted files may allocate, in bytes; mapped models do not count. */
export const subprocessMemoryBytes = 2 * 2 ** 30
