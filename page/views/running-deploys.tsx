import type { JSX } from 'preact'
import { useState } from 'preact/hooks'

import { Badge, toneOf } from '../parts/badge.tsx'
import { Foreign } from '../parts/foreign.tsx'
import { Overridden, ReceiptTable, Steps } from '../parts/steps.tsx'
import { useSignal } from '../parts/use-signal.ts'
import { link } from '../state/session.ts'
import type { SeenDeploy } from '../state/watched.ts'
import { hasEnded, listShortfalls } from '../state/watched.ts'
import { cutText, formatAge, formatMs } from '../text/format.ts'
import { language, t } from '../text/language.ts'

/** What is under way, step by step, and what has ended since the page was opened, until it is closed. */
export function RunningDeploys({ deploys }: { readonly deploys: readonly SeenDeploy[] }): JSX.Element | null {
  const [closed, setClosed] = useState<readonly string[]>([])
  const shown = deploys.filter(({ id }) => !closed.includes(id)).toReversed()
  const latest = shown.find((deploy) => !hasEnded(deploy)) ?? shown[0]
  if (latest === undefined) return null
  const others = shown.filter((deploy) => deploy !== latest && !hasEnded(deploy))
  return (
    <>
      {[latest, ...others].map((deploy) => (
        <RunningDeploy
          key={deploy.id}
          deploy={deploy}
          onClose={() => setClosed(deploys.map(({ id }) => id))}
        />
      ))}
    </>
  )
}

function RunningDeploy({
  deploy,
  onClose,
}: {
  readonly deploy: SeenDeploy
  readonly onClose: () => void
}): JSX.Element {
  const shown = useSignal(language)
  const { serverMs = 0 } = useSignal(link)
  const { action, model, version, by, why, events, sinceMs } = deploy
  const end = events.at(-1)
  const target = cutText(`${model}@${version}`, 80)
  const receipt = events.find((event) => event.type === 'receipt')
  const { overrode, notCompared, isDoubtful } = listShortfalls(end)
  const state = end?.type !== 'end' ? 'running' : end.ok ? 'done' : 'failed'
  return (
    <section
      class={`deploy ${state}`}
      aria-label={t(action === 'deploy' ? 'deployOf' : 'rollbackTo', { target })}
    >
      <div class="head">
        <h2>
          {t(action === 'deploy' ? 'deployOf' : 'rollbackTo', { target })}{' '}
          <Badge tone={state === 'running' || isDoubtful ? 'warn' : state === 'done' ? 'good' : 'bad'}>
            {t(state)}
          </Badge>
        </h2>
        <span class="soft">
          {end?.type === 'end' ? formatMs(end.durationMs, shown) : formatAge(serverMs - sinceMs, shown)}
        </span>
        {end?.type === 'end' && (
          <button type="button" onClick={onClose}>
            {t('dismiss')}
          </button>
        )}
      </div>
      <p class="soft">
        {by !== undefined && t('askedBy', { by: cutText(by, 60) })}{' '}
        {why !== undefined && <Foreign text={why} max={200} />}
      </p>
      <div role="status">
        {end?.type === 'end' && (
          <p class={isDoubtful ? '' : end.ok ? 'good' : 'bad'}>
            {end.ok ? t('endedOk', { target }) : t('endedFailed', { why: cutText(end.error.message, 1_000) })}
          </p>
        )}
        <Overridden names={overrode} />
        {notCompared.length > 0 && (
          <ul class="checks">
            {notCompared.map(({ what, why }) => (
              <li key={what}>
                <Badge tone={toneOf('skipped')}>{t('notCompared')}</Badge> <b>{what}</b>{' '}
                <Foreign text={why} max={400} />
              </li>
            ))}
          </ul>
        )}
      </div>
      <Steps events={events} />
      {receipt?.type === 'receipt' && (
        <details>
          <summary>{t('receipt')}</summary>
          <ReceiptTable receipt={receipt.receipt} />
        </details>
      )}
    </section>
  )
}
