import type { JSX } from 'preact'
import { useState } from 'preact/hooks'

import type { WatchedModel, WatchedSecond, WatchedStatus } from '../../src/contracts/stream.ts'
import { Badge } from '../parts/badge.tsx'
import { DeployDialog, findWayBack, RollbackDialog } from '../parts/change-dialogs.tsx'
import { Foreign } from '../parts/foreign.tsx'
import { Table } from '../parts/table.tsx'
import { useSignal } from '../parts/use-signal.ts'
import { link, right } from '../state/session.ts'
import { cutText, formatAge, formatNumber, formatTime } from '../text/format.ts'
import { language, t } from '../text/language.ts'

const shownAtOnce = 20
/** So many are found without a filter. */
const fewModels = 8

/** Which version of each model serves, since when, and what can be done about it. */
export function Serving({
  status,
  last,
}: {
  readonly status: WatchedStatus
  readonly last: WatchedSecond | undefined
}): JSX.Element {
  const shown = useSignal(language)
  const { serverMs = 0 } = useSignal(link)
  const mayChange = useSignal(right) === 'change'
  const [filter, setFilter] = useState('')
  const [count, setCount] = useState(shownAtOnce)
  const [asked, setAsked] = useState<{ readonly model: WatchedModel; readonly what: 'deploy' | 'rollback' }>()
  const wanted = filter.toLowerCase()
  const found = status.models.filter(({ model }) => model.toLowerCase().includes(wanted))
  const close = (): void => setAsked(undefined)
  const predictions = (one: WatchedModel): number | undefined =>
    last?.models.find(({ model, version }) => model === one.model && version === one.active)
      ?.predictionsPerSecond
  return (
    <section aria-labelledby="serving-title">
      <div class="head">
        <h2 id="serving-title">{t('serving')}</h2>
        {status.models.length > fewModels && (
          <div class="filter">
            <input
              type="search"
              aria-label={t('filter')}
              placeholder={t('filter')}
              value={filter}
              onInput={({ currentTarget }) => {
                setFilter(currentTarget.value)
                setCount(shownAtOnce)
              }}
            />
            <span role="status">{t('found', { shown: found.length, total: status.models.length })}</span>
          </div>
        )}
      </div>
      {status.models.length === 0 && <p class="empty">{t('noModels')}</p>}
      {found.length > 0 && (
        <Table
          caption={t('serving')}
          columns={[
            { title: t('model') },
            { title: t('version') },
            { title: t('since') },
            { title: t('predictions'), isNumber: true },
            { title: t('previous') },
            { title: t('actions'), isHidden: true },
          ]}
          rows={found.slice(0, count).map((one) => ({
            key: one.model,
            cells: [
              <a href={`#/versions/${encodeURIComponent(one.model)}`}>
                <Foreign text={one.model} />
              </a>,
              one.active === null ? (
                <span class="soft">{t('noVersion')}</span>
              ) : (
                <>
                  <strong class="version">
                    <Foreign text={one.active} />
                  </strong>
                  {one.unloaded === true && <Badge tone="bad">{t('unloaded')}</Badge>}
                </>
              ),
              one.sinceMs === null ? (
                '–'
              ) : (
                <>
                  {formatTime(one.sinceMs, shown, serverMs)}{' '}
                  <span class="soft">{t('ago', { age: formatAge(serverMs - one.sinceMs, shown) })}</span>
                </>
              ),
              <span class="fresh">{formatNumber(predictions(one), shown)}</span>,
              one.previous === null ? <span class="soft">{t('none')}</span> : <Foreign text={one.previous} />,
              <div class="row-actions">
                <button
                  type="button"
                  disabled={!mayChange}
                  aria-label={`${t('deploy')} ${cutText(one.model, 60)}`}
                  onClick={() => setAsked({ model: one, what: 'deploy' })}
                >
                  {t('deploy')}
                </button>
                <button
                  type="button"
                  disabled={!mayChange || findWayBack(one) === undefined}
                  aria-label={`${t('rollback')} ${cutText(one.model, 60)}`}
                  onClick={() => setAsked({ model: one, what: 'rollback' })}
                >
                  {t('rollback')}
                </button>
              </div>,
            ],
          }))}
        />
      )}
      {found.length > count && (
        <button type="button" class="more" onClick={() => setCount(count + 50)}>
          {t('showMore')}
        </button>
      )}
      {asked?.what === 'deploy' && <DeployDialog model={asked.model} onClose={close} />}
      {asked?.what === 'rollback' && <RollbackDialog model={asked.model} onClose={close} />}
    </section>
  )
}
