import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'

import type { HistoryEntry } from '../../src/contracts/history.ts'
import { Badge, toneOf } from '../parts/badge.tsx'
import { Foreign } from '../parts/foreign.tsx'
import { Choice } from '../parts/model-choice.tsx'
import { nameState, Overridden, ReceiptTable, StepTable } from '../parts/steps.tsx'
import { Table } from '../parts/table.tsx'
import { useSignal } from '../parts/use-signal.ts'
import { api, watched } from '../state/session.ts'
import { toMessage } from '../state/to-message.ts'
import { listReceiptSteps } from '../state/watched.ts'
import { formatTime } from '../text/format.ts'
import { language, t } from '../text/language.ts'

const counts = [100, 1_000] as const

/** What was done to the models, by whom and with what result, the latest first. */
export function History(): JSX.Element | null {
  const shown = useSignal(language)
  const known = useSignal(watched)
  const [model, setModel] = useState('')
  const [count, setCount] = useState<number>(counts[0])
  const [older, setOlder] = useState<readonly HistoryEntry[]>([])
  const [fault, setFault] = useState<string>()
  useEffect(() => {
    let isCurrent = true
    api.value?.history(count, model === '' ? undefined : model).then(
      (entries) => {
        if (isCurrent) setOlder(entries)
      },
      (error: unknown) => {
        if (isCurrent) setFault(toMessage(error))
      },
    )
    return () => {
      isCurrent = false
    }
  }, [model, count])
  if (known === undefined) return null
  const models = known.status.models.map((one) => one.model)
  const entries = merge(older, known.history).filter((entry) => model === '' || entry.model === model)
  return (
    <section aria-labelledby="history-title">
      <div class="head">
        <h2 id="history-title">{t('history')}</h2>
        <Choice
          label={t('model')}
          names={['', ...models]}
          value={model}
          onChoose={setModel}
          nameless={t('allModels')}
        />
      </div>
      {fault !== undefined && (
        <p class="fault" role="alert">
          {fault}
        </p>
      )}
      {entries.length === 0 && <p class="empty">{t('noHistory')}</p>}
      {entries.length > 0 && (
        <Table
          caption={t('history')}
          columns={[
            { title: t('when') },
            { title: t('what') },
            { title: t('version') },
            { title: t('previous') },
            { title: t('who') },
            { title: t('result') },
            { title: t('why') },
          ]}
          rows={entries.map((entry, index) => ({
            key: `${entries.length - index}`,
            cells: [
              formatTime(entry.atMs, shown),
              nameAction(entry.action),
              <Foreign
                text={[entry.model, entry.version].filter((name) => name !== '').join('@')}
                max={60}
              />,
              entry.from === null ? '–' : <Foreign text={entry.from} max={40} />,
              <Foreign text={entry.by} max={40} />,
              <Badge
                tone={
                  entry.overrode !== undefined && entry.outcome === 'done' ? 'warn' : toneOf(entry.outcome)
                }
              >
                {nameState(entry.outcome)}
              </Badge>,
              <>
                <Overridden names={entry.overrode ?? []} />
                {entry.why !== undefined && <Foreign text={entry.why} max={200} />}
                <Details entry={entry} />
              </>,
            ],
          }))}
        />
      )}
      {older.length === count && count !== counts[1] && (
        <button type="button" class="more" onClick={() => setCount(counts[1])}>
          {t('showMore')}
        </button>
      )}
      <p class="hint">{t('serverTime')}</p>
    </section>
  )
}

function Details({ entry }: { readonly entry: HistoryEntry }): JSX.Element | null {
  const { error, receipt } = entry
  if (error === undefined && receipt === undefined) return null
  return (
    <details>
      <summary>{t('details')}</summary>
      {error !== undefined && (
        <p class="bad">
          <Foreign text={error.message} max={1_000} />
        </p>
      )}
      {receipt !== undefined && (
        <>
          <StepTable steps={listReceiptSteps(entry, receipt)} />
          <ReceiptTable receipt={receipt} />
        </>
      )}
    </details>
  )
}

/** What was asked for and what came since, without what is in both; the latest first. */
function merge(older: readonly HistoryEntry[], newer: readonly HistoryEntry[]): HistoryEntry[] {
  const entries = new Map(
    [...older, ...newer].map((entry) => [
      JSON.stringify([entry.atMs, entry.action, entry.model, entry.version, entry.outcome]),
      entry,
    ]),
  )
  return [...entries.values()].toSorted((a, b) => b.atMs - a.atMs)
}

function nameAction(action: HistoryEntry['action']): string {
  switch (action) {
    case 'publish':
      return t('actionPublish')
    case 'deploy':
      return t('actionDeploy')
    case 'rollback':
      return t('actionRollback')
    case 'remove':
      return t('actionRemove')
    case 'unload':
      return t('actionUnload')
    case 'reload':
      return t('actionReload')
    case 'log-level':
      return t('actionLogLevel')
    case 'stop':
      return t('actionStop')
    default:
      return action
  }
}
