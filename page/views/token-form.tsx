import type { JSX } from 'preact'
import { useState } from 'preact/hooks'

import { useSignal } from '../parts/use-signal.ts'
import { openSession, wasRefused } from '../state/session.ts'
import { t } from '../text/language.ts'

/** Asks for a token. */
export function TokenForm(): JSX.Element {
  const refused = useSignal(wasRefused)
  const [entered, setEntered] = useState('')
  return (
    <form
      class="token card"
      onSubmit={(event) => {
        event.preventDefault()
        if (entered.trim() !== '') openSession(entered.trim())
      }}
    >
      <h2>{t('tokenTitle')}</h2>
      <p>{t('tokenText')}</p>
      <label for="token">{t('tokenLabel')}</label>
      <input
        id="token"
        type="password"
        autoComplete="off"
        spellcheck={false}
        required
        value={entered}
        aria-describedby="token-fault"
        onInput={({ currentTarget }) => setEntered(currentTarget.value)}
      />
      <p id="token-fault" class="fault" role="alert">
        {refused && t('tokenRefused')}
      </p>
      <div class="buttons">
        <button type="submit" class="primary">
          {t('tokenOpen')}
        </button>
      </div>
    </form>
  )
}
