/** The way to the process that started this one, for what it says to that. */
export type ParentChannel<Message extends object> = {
  readonly send: (message: Message) => void
  /** Closes the channel when all has left: what is on its way then is lost, and a long message leaves in pieces. */
  readonly end: () => Promise<void>
}

export function openParentChannel<Message extends object>(): ParentChannel<Message> {
  const leaving: Promise<void>[] = []
  return {
    send: (message) => {
      // Whoever started this process may have ended: then nobody listens, and that is no error.
      leaving.push(new Promise((left) => process.send?.(message, undefined, undefined, () => left())))
    },
    end: async () => {
      await Promise.all(leaving)
      if (process.connected) process.disconnect()
    },
  }
}
