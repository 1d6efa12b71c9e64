import type { JSX } from 'preact'
import { useId } from 'preact/hooks'

import { cutText } from '../text/format.ts'
import { t } from '../text/language.ts'

export type ChoiceProps = {
  readonly label: string
  readonly names: readonly string[]
  readonly value: string
  readonly onChoose: (name: string) => void
  /** The one that serves is named so. */
  readonly active?: string | null
  /** What the empty name is shown as. */
  readonly nameless?: string
}

export function Choice({ label, names, value, onChoose, active, nameless }: ChoiceProps): JSX.Element {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
        {names.map((name) => (
          <option key={name} value={name}>
            {name === '' ? nameless : cutText(name, 60)}
            {name === active ? ` (${t('active')})` : ''}
          </option>
        ))}
      </select>
    </div>
  )
}
