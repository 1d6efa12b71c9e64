/** What a process may allocate that works on files of strangers; it maps models besides, which counts nowhere. */
export const subprocessMemoryBytes = 2 * 2 ** 30
