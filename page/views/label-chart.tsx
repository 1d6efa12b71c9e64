import type { JSX } from 'preact'
import { useId, useMemo, useState } from 'preact/hooks'

import type { WatchedModel, WatchedSecond } from '../../src/contracts/stream.ts'
import type { ChartProps } from '../parts/chart.tsx'
import { Chart } from '../parts/chart.tsx'
import { readLabels } from '../parts/labels.ts'
import { readSeries } from '../parts/series.ts'
import { useSignal } from '../parts/use-signal.ts'
import { cutText } from '../text/format.ts'
import { language, t } from '../text/language.ts'

type LabelChartProps = Pick<ChartProps, 'endMs' | 'rangeMs' | 'marks' | 'format'> & {
  readonly series: readonly WatchedSecond[]
  readonly models: readonly WatchedModel[]
}

/** Which labels a model gives, as shares of its answers. */
export function LabelChart({ series, models, marks, ...common }: LabelChartProps): JSX.Element {
  useSignal(language)
  const [chosen, setChosen] = useState<string>()
  const id = useId()
  const busiest = useMemo(
    () => series.findLast((second) => second.models.length > 0)?.models[0]?.model,
    [series],
  )
  const model = chosen ?? busiest ?? models[0]?.model ?? ''
  const labels = useMemo(() => readLabels(series, model), [series, model])
  const data = useMemo(
    () =>
      readSeries(
        series,
        common.rangeMs,
        labels.map(({ share }) => share),
      ),
    [series, labels, common.rangeMs],
  )
  const lines = labels.map(({ label }, index) => ({
    name: label === undefined ? t('otherLabels') : label === '(none)' ? t('noLabel') : cutText(label, 24),
    color: `series-${index + 1}`,
  }))
  return (
    <div class="label-chart">
      <Chart
        {...common}
        title={t('labels')}
        lines={lines}
        data={data}
        marks={marks.filter((mark) => mark.model === model)}
        isStacked
      />
      {models.length > 1 && (
        <p class="chart-choice">
          <label for={id}>{t('labelsOf')}</label>{' '}
          <select id={id} value={model} onChange={({ currentTarget }) => setChosen(currentTarget.value)}>
            {models.map((one) => (
              <option key={one.model} value={one.model}>
                {cutText(one.model, 40)}
              </option>
            ))}
          </select>
        </p>
      )}
    </div>
  )
}
