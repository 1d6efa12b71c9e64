import type { JSX } from 'preact'
import { useEffect, useId, useState } from 'preact/hooks'

import type { ModelVersions } from '../../src/contracts/compare.ts'
import type { WatchedModel } from '../../src/contracts/stream.ts'
import { api, watched } from '../state/session.ts'
import { toMessage } from '../state/to-message.ts'
import { hasEnded } from '../state/watched.ts'
import { cutText } from '../text/format.ts'
import { t } from '../text/language.ts'
import { Dialog } from './dialog.tsx'
import { Foreign } from './foreign.tsx'

type AskProps = { readonly model: WatchedModel; readonly onClose: () => void }

const name = (text: string): string => cutText(text, 60)

/** What a rollback leads to: while a deploy of the model is under way, to what served before it. */
export function findWayBack({ model, active, previous }: WatchedModel):
  | {
      readonly from: string
      readonly to: string
      readonly running?: string
    }
  | undefined {
  const running = watched.value?.deploys.find(
    (deploy) => deploy.model === model && deploy.action === 'deploy' && !hasEnded(deploy),
  )
  const start = running?.events.find((event) => event.type === 'start')
  const from = start?.type === 'start' ? start.from : active
  if (running !== undefined && from !== null && from !== running.version)
    return { from: running.version, to: from, running: running.version }
  return active === null || previous === null ? undefined : { from: active, to: previous }
}

export function RollbackDialog({ model, onClose }: AskProps): JSX.Element | null {
  const [why, setWhy] = useState('')
  // What is asked is what is done, whatever happens while the question is open.
  const [way] = useState(() => findWayBack(model))
  if (way === undefined) return null
  const { from, to, running } = way
  const values = { model: name(model.model), from: name(from), to: name(to) }
  return (
    <Dialog
      title={t('rollbackTitle', values)}
      action={t('rollbackGo', values)}
      isDangerous
      onClose={onClose}
      onAct={async () => api.value?.rollback({ model: model.model, to, ...(why !== '' && { why }) })}
    >
      <p class="question">
        {running === undefined
          ? t('rollbackQuestion', values)
          : t('rollbackDuring', { ...values, running: name(running) })}
      </p>
      <p>{t('rollbackThen', values)}</p>
      <Reason value={why} onInput={setWhy} />
    </Dialog>
  )
}

export function DeployDialog({
  model,
  version,
  onClose,
}: AskProps & { readonly version?: string }): JSX.Element {
  const [why, setWhy] = useState('')
  const [isForced, setForced] = useState(false)
  const { versions, fault } = useVersions(model.model)
  const [chosen, setChosen] = useState(version)
  const id = useId()
  const names = (versions?.names ?? []).toReversed().filter((one) => one !== model.active)
  const to = chosen ?? names[0]
  const values = { model: name(model.model), from: name(model.active ?? ''), to: name(to ?? '') }
  return (
    <Dialog
      title={t('deployTitle', values)}
      action={to === undefined ? undefined : t('deployGo', values)}
      onClose={onClose}
      onAct={async () =>
        api.value?.deploy({
          target: `${model.model}@${to ?? ''}`,
          ...(why !== '' && { why }),
          ...(isForced && { force: true }),
        })
      }
    >
      {fault !== undefined && <p class="fault">{fault}</p>}
      {versions !== undefined && names.length === 0 && <p>{t('noVersions')}</p>}
      {to !== undefined && (
        <>
          <label for={id}>{t('deployWhich')}</label>
          <select id={id} value={to} onChange={({ currentTarget }) => setChosen(currentTarget.value)}>
            {(names.includes(to) ? names : [to, ...names]).map((one) => (
              <option key={one} value={one}>
                {name(one)}
              </option>
            ))}
          </select>
          <p class="question">
            {model.active === null ? t('deployFirst', values) : t('deployQuestion', values)}
          </p>
          {model.active !== null && <p>{t('deployThen', values)}</p>}
          <Reason value={why} onInput={setWhy} />
          <label class="check">
            <input
              type="checkbox"
              checked={isForced}
              onChange={({ currentTarget }) => setForced(currentTarget.checked)}
            />
            <span>
              {t('force')}. <small>{t('forceHint')}</small>
            </span>
          </label>
        </>
      )}
    </Dialog>
  )
}

export function PruneDialog({
  model,
  onClose,
  onPruned,
}: AskProps & { readonly onPruned: (removed: readonly string[]) => void }): JSX.Element {
  const { versions, fault } = useVersions(model.model)
  const [entered, setKeep] = useState<number>()
  const id = useId()
  const keep = entered ?? versions?.keep ?? 1
  const removed = (versions?.names ?? [])
    .slice(0, -Math.max(1, keep))
    .filter((one) => one !== model.active && one !== model.previous)
  const values = { model: name(model.model), count: removed.length }
  const prune = async (): Promise<void> => {
    const pruned = await api.value?.prune({ model: model.model, keep: Math.max(1, keep) })
    onPruned(pruned?.removed ?? [])
  }
  return (
    <Dialog
      title={t('pruneTitle', values)}
      action={removed.length === 0 ? undefined : t('pruneGo', values)}
      isDangerous
      onAct={prune}
      onClose={onClose}
    >
      {fault !== undefined && <p class="fault">{fault}</p>}
      <label for={id}>{t('pruneKeep')}</label>
      <input
        id={id}
        type="number"
        min="1"
        step="1"
        value={keep}
        onInput={({ currentTarget }) => setKeep(currentTarget.valueAsNumber || 1)}
      />
      {removed.length === 0 ? (
        <p>{t('pruneNothing')}</p>
      ) : (
        <>
          <p class="question">{t('pruneQuestion', values)}</p>
          <p class="names">
            {removed.slice(0, 50).map((one) => (
              <span key={one} class="chip">
                <Foreign text={one} max={40} />
              </span>
            ))}
            {removed.length > 50 && '…'}
          </p>
        </>
      )}
    </Dialog>
  )
}

function Reason({
  value,
  onInput,
}: {
  readonly value: string
  readonly onInput: (value: string) => void
}): JSX.Element {
  const id = useId()
  return (
    <>
      <label for={id}>{t('reason')}</label>
      <input
        id={id}
        value={value}
        maxLength={500}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
    </>
  )
}

/** The versions of a model as the store has them when it is shown. */
export function useVersions(
  model: string | undefined,
  again = 0,
): {
  readonly versions: ModelVersions | undefined
  readonly fault: string | undefined
} {
  const [found, setFound] = useState<{ readonly versions?: ModelVersions; readonly fault?: string }>({})
  useEffect(() => {
    let isCurrent = true
    if (model === undefined) return
    api.value?.versions(model).then(
      (versions) => {
        if (isCurrent) setFound({ versions })
      },
      (error: unknown) => {
        if (isCurrent) setFound({ fault: toMessage(error) })
      },
    )
    return () => {
      isCurrent = false
    }
  }, [model, again])
  const isOurs = found.versions === undefined || found.versions.model === model
  return { versions: isOurs ? found.versions : undefined, fault: found.fault }
}
