import type { JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'

import type { WatchedSecond } from '../../src/contracts/stream.ts'
import { Chart } from '../parts/chart.tsx'
import { errorsOf, readSeries } from '../parts/series.ts'
import { useSignal } from '../parts/use-signal.ts'
import { link, watched } from '../state/session.ts'
import { listMarks } from '../state/watched.ts'
import { formatMs, formatNumber, formatShare } from '../text/format.ts'
import { language, t } from '../text/language.ts'
import { Faults } from './faults.tsx'
import { LabelChart } from './label-chart.tsx'
import { Processes } from './processes.tsx'
import { RunningDeploys } from './running-deploys.tsx'
import { Serving } from './serving.tsx'

const ranges = [300_000, 3_600_000] as const

/** What serves now, how its callers fare, and what is under way. */
export function Overview(): JSX.Element | null {
  const known = useSignal(watched)
  const { serverMs = 0 } = useSignal(link)
  const shown = useSignal(language)
  const [rangeMs, setRange] = useState<number>(ranges[0])
  const series = known?.series ?? []
  const marks = useMemo(() => listMarks(known?.history ?? []), [known?.history])
  const requests = useMemo(
    () => readSeries(series, rangeMs, [(one) => one.gateway?.answeredPerSecond ?? null]),
    [series, rangeMs],
  )
  const latencies = useMemo(
    () =>
      readSeries(series, rangeMs, [(one) => one.gateway?.p50Ms ?? null, (one) => one.gateway?.p99Ms ?? null]),
    [series, rangeMs],
  )
  const errors = useMemo(() => readSeries(series, rangeMs, [errorsOf]), [series, rangeMs])
  if (known === undefined) return null
  const endMs = series.at(-1)?.atMs ?? serverMs
  const common = { endMs, rangeMs, marks }
  const rate = (value: number): string => formatNumber(value, shown)
  return (
    <>
      <Faults status={known.status} />
      <RunningDeploys deploys={known.deploys} />
      <Tiles last={series.at(-1)} />
      <Serving status={known.status} last={series.at(-1)} />
      <section aria-labelledby="charts-title">
        <div class="head">
          <h2 id="charts-title">{t('requests')}</h2>
          <div class="choice" role="group" aria-label={t('range')}>
            {ranges.map((one) => (
              <button key={one} type="button" aria-pressed={one === rangeMs} onClick={() => setRange(one)}>
                {t(one === ranges[0] ? 'range5' : 'range60')}
              </button>
            ))}
          </div>
        </div>
        <div class="charts">
          <Chart
            {...common}
            title={`${t('requests')}${t('perSecond')}`}
            data={requests}
            format={rate}
            lines={[{ name: t('answered'), color: 'series-1' }]}
          />
          <Chart
            {...common}
            title={t('latency')}
            data={latencies}
            format={(value) => formatMs(value, shown)}
            lines={[
              { name: t('p50'), color: 'series-1' },
              { name: t('p99'), color: 'series-2' },
            ]}
          />
          <Chart
            {...common}
            title={`${t('errors')}${t('perSecond')}`}
            data={errors}
            format={rate}
            lines={[{ name: t('errorsHint'), color: 'bad' }]}
          />
          <LabelChart
            {...common}
            series={series}
            models={known.status.models}
            format={(value) => formatShare(value, shown)}
          />
        </div>
        <p class="hint">{t('marks')}</p>
      </section>
      <Processes status={known.status} last={series.at(-1)} />
    </>
  )
}

function Tiles({ last }: { readonly last: WatchedSecond | undefined }): JSX.Element {
  const shown = useSignal(language)
  const gateway = last?.gateway
  const errors = last === undefined ? null : errorsOf(last)
  const tile = (title: string, value: string, unit = '', isBad = false): JSX.Element => (
    <div class={isBad ? 'tile bad' : 'tile'}>
      <dt>{title}</dt>
      <dd>
        {value}
        {unit !== '' && <small>{unit}</small>}
      </dd>
    </div>
  )
  const number = (value: number | null | undefined): string => formatNumber(value, shown)
  return (
    <dl class="tiles fresh">
      {tile(t('requests'), number(gateway?.answeredPerSecond), t('perSecond'))}
      {tile(t('p50'), formatMs(gateway?.p50Ms, shown))}
      {tile(t('p99'), formatMs(gateway?.p99Ms, shown))}
      {tile(t('errors'), number(errors), t('perSecond'), (errors ?? 0) > 0)}
      {tile(t('inFlight'), number(gateway?.inFlight))}
      {tile(t('waiting'), number(gateway?.waiting))}
    </dl>
  )
}
