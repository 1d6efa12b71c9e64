import { userInfo } from 'node:os'

/** The name of the user who runs this process; the number if the machine has no name for it. */
export function currentUser(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
