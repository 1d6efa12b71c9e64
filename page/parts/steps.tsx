import type { JSX } from 'preact'

import type { DeployEvent } from '../../src/contracts/control.ts'
import type { Receipt, TrafficFigures } from '../../src/contracts/history.ts'
import type { SeenStep } from '../state/watched.ts'
import { listSteps } from '../state/watched.ts'
import { formatBytes, formatMs, formatNumber } from '../text/format.ts'
import { language, t } from '../text/language.ts'
import { Badge, toneOf } from './badge.tsx'
import { Foreign } from './foreign.tsx'
import { Table } from './table.tsx'
import { useSignal } from './use-signal.ts'

/** The steps of a deploy that is under way, or has ended. */
export function Steps({ events }: { readonly events: readonly DeployEvent[] }): JSX.Element {
  return <StepTable steps={listSteps(events)} />
}

export function StepTable({ steps }: { readonly steps: readonly SeenStep[] }): JSX.Element {
  const shown = useSignal(language)
  return (
    <div class="steps">
      <Table
        caption={t('step')}
        columns={[
          { title: t('step') },
          { title: t('state') },
          { title: t('took'), isNumber: true },
          { title: t('detail') },
        ]}
        rows={steps.map(({ step, state, durationMs, detail, outcome }, index) => ({
          key: String(index),
          cells: [
            <Foreign text={step} />,
            <Badge tone={toneOf(outcome ?? state)}>{nameState(outcome ?? state)}</Badge>,
            formatMs(durationMs, shown),
            detail === undefined ? '' : <Foreign text={detail} max={400} />,
          ],
        }))}
      />
    </div>
  )
}

/** A state that is one of the page's words, in its language. */
export function nameState(state: string): string {
  switch (state) {
    case 'started':
      return t('running')
    case 'done':
    case 'failed':
    case 'interrupted':
    case 'passed':
    case 'skipped':
    case 'overridden':
      return t(state)
    default:
      return state
  }
}

/** What failed, and was overridden by force. */
export function Overridden({ names }: { readonly names: readonly string[] }): JSX.Element | null {
  if (names.length === 0) return null
  return (
    <p>
      <Badge tone={toneOf('overridden')}>{nameState('overridden')}</Badge> {names.join(', ')}
    </p>
  )
}

/** What a rollout cost those who called meanwhile. */
export function ReceiptTable({ receipt }: { readonly receipt: Receipt }): JSX.Element {
  const shown = useSignal(language)
  const { before, during, after, bake, memoryBytes } = receipt
  const columns = [before, during, after]
  const row = (title: string, read: (figures: TrafficFigures) => string) => ({
    key: title,
    cells: [title, ...columns.map((figures) => (figures === null ? '–' : read(figures)))],
  })
  return (
    <>
      <h4>{t('receipt')}</h4>
      <Table
        caption={t('receipt')}
        columns={[
          { title: t('what'), isHidden: true },
          ...(['before', 'during', 'after'] as const).map((key) => ({ title: t(key), isNumber: true })),
        ]}
        rows={[
          row(t('answered'), ({ answered }) => formatNumber(answered, shown)),
          row(t('refused'), ({ refused }) => formatNumber(refused, shown)),
          row(t('lostRequests'), ({ lost }) => formatNumber(lost, shown)),
          row(t('p50'), ({ p50Ms }) => formatMs(p50Ms, shown)),
          row(t('p99'), ({ p99Ms }) => formatMs(p99Ms, shown)),
          row(t('longestGap'), ({ longestGapMs }) => formatMs(longestGapMs, shown)),
          {
            key: 'memory',
            cells: [
              t('memory'),
              formatBytes(memoryBytes.before, shown),
              '',
              formatBytes(memoryBytes.after, shown),
            ],
          },
        ]}
      />
      {bake !== undefined && (
        <>
          <h4>{t('bake')}</h4>
          <ul class="checks">
            {bake.checks.map(({ check, outcome, sentence }) => (
              <li key={check}>
                <Badge tone={toneOf(outcome)}>{nameState(outcome)}</Badge> <b>{check}</b>{' '}
                <Foreign text={sentence} max={400} />
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}
