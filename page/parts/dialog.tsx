import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'

import { lateFault } from '../state/session.ts'
import { toMessage } from '../state/to-message.ts'
import { t } from '../text/language.ts'

export type DialogProps = {
  readonly title: ComponentChildren
  readonly children: ComponentChildren
  /** What the button says that does it; undefined if there is nothing to do. */
  readonly action: ComponentChildren | undefined
  readonly isDangerous?: boolean
  /** Does it. Resolves when it is done or under way; if it rejects, the dialog stays open and says why. */
  readonly onAct: () => Promise<void>
  readonly onClose: () => void
}

/** A question before something is done. The browser keeps the focus in it and gives it back, and Escape closes it. */
export function Dialog({ title, children, action, isDangerous, onAct, onClose }: DialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  const [isBusy, setBusy] = useState(false)
  const [fault, setFault] = useState<string>()
  const isOpen = useRef(true)
  useEffect(() => {
    const before = document.activeElement
    dialog.current?.showModal()
    return () => {
      isOpen.current = false
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  const act = (event: Event): void => {
    event.preventDefault()
    if (isBusy) return
    setBusy(true)
    setFault(undefined)
    const close = (): void => {
      if (isOpen.current) onClose()
    }
    onAct().then(close, (error: unknown) => {
      const message = t('requestFailed', { why: toMessage(error) })
      // Who has closed it meanwhile is told all the same.
      if (!isOpen.current) lateFault.set(message)
      setBusy(false)
      setFault(message)
    })
  }
  return (
    <dialog ref={dialog} aria-labelledby={titleId} onClose={onClose}>
      <form onSubmit={act}>
        <h2 id={titleId}>{title}</h2>
        {children}
        <p role="alert" class="fault">
          {fault}
        </p>
        <div class="buttons">
          <button type="button" onClick={onClose}>
            {t('cancel')}
          </button>
          {action !== undefined && (
            <button type="submit" class={isDangerous === true ? 'danger' : 'primary'} disabled={isBusy}>
              {action}
            </button>
          )}
        </div>
      </form>
    </dialog>
  )
}
