import type { JSX } from 'preact'

import type { WatchedStatus } from '../../src/contracts/stream.ts'
import { cutText } from '../text/format.ts'
import { t } from '../text/language.ts'

/** What somebody should look at now. */
export function Faults({ status: { damaged } }: { readonly status: WatchedStatus }): JSX.Element | null {
  if (damaged.length === 0) return null
  return (
    <div class="notice bad" role="alert">
      {damaged.map(({ model, version, why, servedInstead }) => (
        <p key={model}>
          {t('damaged', { model: cutText(model, 60), version: cutText(version, 60), why: cutText(why, 400) })}{' '}
          {servedInstead === null
            ? t('damagedNothing')
            : t('damagedInstead', { version: cutText(servedInstead, 60) })}
        </p>
      ))}
    </div>
  )
}
