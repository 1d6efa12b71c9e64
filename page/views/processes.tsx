import type { JSX } from 'preact'

import type { WatchedProcess, WatchedSecond, WatchedStatus } from '../../src/contracts/stream.ts'
import { Badge } from '../parts/badge.tsx'
import { Foreign } from '../parts/foreign.tsx'
import { Table } from '../parts/table.tsx'
import { useSignal } from '../parts/use-signal.ts'
import { link } from '../state/session.ts'
import { formatAge, formatBytes, formatShare } from '../text/format.ts'
import { language, t } from '../text/language.ts'

type Row = {
  readonly place: string
  /** As the figures name it. */
  readonly name: string
  readonly process: WatchedProcess | null
  readonly state: 'up' | 'down' | 'paused'
  readonly others: readonly string[]
  readonly restarts: number | undefined
}

/** The instances and their workers, the gateway and the supervisor. */
export function Processes({
  status,
  last,
}: {
  readonly status: WatchedStatus
  readonly last: WatchedSecond | undefined
}): JSX.Element {
  const shown = useSignal(language)
  const { serverMs = 0 } = useSignal(link)
  return (
    <section aria-labelledby="processes-title">
      <h2 id="processes-title">{t('processes')}</h2>
      <Table
        caption={t('processes')}
        columns={[
          { title: t('place') },
          { title: t('state') },
          { title: t('process'), isNumber: true },
          { title: t('uptime'), isNumber: true },
          { title: t('restarts'), isNumber: true },
          { title: t('cpu'), isNumber: true },
          { title: t('memory'), isNumber: true },
        ]}
        rows={listRows(status).map(({ place, name, process, state, others, restarts }) => {
          const usage = last?.processes.find((one) => one.process === name && one.pid === process?.pid)
          return {
            key: name,
            isMarked: state === 'down',
            cells: [
              place,
              <>
                <Badge tone={state === 'up' ? 'good' : state === 'down' ? 'bad' : 'warn'}>{t(state)}</Badge>
                {others.length > 0 && (
                  <small>
                    {' '}
                    <Foreign text={t('serves', { versions: others.join(', ') })} max={120} />
                  </small>
                )}
              </>,
              process?.pid ?? '–',
              process === null ? '–' : formatAge(serverMs - process.startedAtMs, shown),
              restarts ?? '',
              <span class="fresh">{usage === undefined ? '–' : formatShare(usage.cpuShare, shown)}</span>,
              <span class="fresh">{usage === undefined ? '–' : formatBytes(usage.rssBytes, shown)}</span>,
            ],
          }
        })}
      />
    </section>
  )
}

function listRows({ pid, startedAtMs, gateway, instances }: WatchedStatus): Row[] {
  return [
    {
      place: t('gateway'),
      name: 'gateway',
      process: gateway.process,
      state: gateway.process ? 'up' : 'down',
      others: [],
      restarts: gateway.restarts,
    },
    ...instances.flatMap(({ name, workers, paused, restarts }) =>
      workers.map((worker, index): Row => ({
        place: `${t(name)} ${index}`,
        name: `${name}-${index}`,
        process: worker,
        state: worker === null ? 'down' : worker.paused || paused === true ? 'paused' : 'up',
        others: worker?.otherVersions.map(({ model, version }) => `${model}@${version}`) ?? [],
        restarts: index === 0 ? restarts : undefined,
      })),
    ),
    {
      place: t('supervisor'),
      name: 'supervisor',
      process: { pid, startedAtMs },
      state: 'up',
      others: [],
      restarts: undefined,
    },
  ]
}
