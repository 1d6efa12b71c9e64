import type { JSX } from 'preact'

import { cutText } from '../text/format.ts'

const maxTitle = 1_000
/** A name that is so short is not broken. */
const maxUnbroken = 18

/** A text from outside: a name, a note, what somebody said. It is cut, and cannot change the direction of what is around it. */
export function Foreign({ text, max = 60 }: { readonly text: string; readonly max?: number }): JSX.Element {
  const shown = cutText(text, max)
  return (
    <bdi
      {...(shown.length <= maxUnbroken ? { class: 'short' } : {})}
      {...(shown === text ? {} : { title: cutText(text, maxTitle) })}
    >
      {shown}
    </bdi>
  )
}
