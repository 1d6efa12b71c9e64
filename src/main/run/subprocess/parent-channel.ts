/** The channel to the process that started this one. */
export type ParentChannel<Message extends object> = {
  readonly send: (message: Message) => void
  /** Closes the channel when everything is sent: closing loses unsent data, and a long message is sent in pieces. */
  readonly end: () => Promise<void>
}

export function openParentChannel<Message extends object>(): ParentChannel<Message> {
  const leaving: Promise<void>[] = []
  return {
    send: (message) => {
      // The process that started this one may have exited: that is not an error.
      leaving.push(new Promise((left) => process.send?.(message, undefined, undefined, () => left())))
    },
    end: async () => {
      await Promise.all(leaving)
      if (process.connected) process.disconnect()
    },
  }
}
