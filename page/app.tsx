import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'

import { Badge } from './parts/badge.tsx'
import { useSignal } from './parts/use-signal.ts'
import type { Link } from './state/session.ts'
import { closeSession, lateFault, link, right, token, watched } from './state/session.ts'
import { cutText, formatAge, formatTime } from './text/format.ts'
import type { Language } from './text/language.ts'
import { language, setLanguage, t } from './text/language.ts'
import { Compare } from './views/compare.tsx'
import { History } from './views/history.tsx'
import { Overview } from './views/overview.tsx'
import { TokenForm } from './views/token-form.tsx'
import { Versions } from './views/versions.tsx'

const views = ['overview', 'versions', 'compare', 'history'] as const
type View = (typeof views)[number]

/** Where the page is: `#/versions/name_question`. */
type Place = { readonly view: View; readonly names: readonly string[] }

export function App(): JSX.Element {
  const shown = useSignal(language)
  const hasToken = useSignal(token) !== undefined
  const state = useSignal(link)
  const known = useSignal(watched) !== undefined
  const place = usePlace()
  useEffect(() => {
    document.documentElement.lang = shown === 'zh' ? 'zh-CN' : 'en'
    document.title = `${t(place.view)} · ${location.host} · ${t('title')}`
  }, [shown, place.view])
  const go = (...names: readonly string[]): void => {
    location.hash = `#/${[place.view, ...names].map(encodeURIComponent).join('/')}`
  }
  const isStale = state.state !== 'live'
  return (
    <>
      <a
        class="skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault()
          document.getElementById('content')?.focus()
        }}
      >
        {t('skip')}
      </a>
      <header>
        <div class="bar">
          <h1>
            <img src="assets/icon.svg" alt="" width="28" height="28" /> {t('title')}
            <span class="host">{location.host}</span>
          </h1>
          {hasToken && <LinkBadge state={state} />}
          <LanguageChoice shown={shown} />
        </div>
        {hasToken && (
          <nav aria-label={t('navigation')}>
            {views.map((view) => (
              <a key={view} href={`#/${view}`} {...(view === place.view ? { 'aria-current': 'page' } : {})}>
                {t(view)}
              </a>
            ))}
          </nav>
        )}
      </header>
      <main id="content" tabIndex={-1} class={isStale ? 'stale' : ''}>
        {hasToken ? (
          <>
            <LinkNotice state={state} />
            <LateFault />
            {!known && state.state === 'connecting' && <p class="empty">{t('connecting')}…</p>}
            <ViewAt place={place} go={go} />
          </>
        ) : (
          <TokenForm />
        )}
      </main>
    </>
  )
}

function ViewAt({
  place: { view, names },
  go,
}: {
  readonly place: Place
  readonly go: (...names: readonly string[]) => void
}): JSX.Element {
  switch (view) {
    case 'overview':
      return <Overview />
    case 'versions':
      return <Versions model={names[0]} go={go} />
    case 'compare':
      return <Compare model={names[0]} a={names[1]} b={names[2]} go={go} />
    case 'history':
      return <History />
  }
}

function LinkBadge({ state: { state } }: { readonly state: Link }): JSX.Element {
  const mayChange = useSignal(right) === 'change'
  const isKnown = useSignal(watched) !== undefined
  return (
    <div class="link">
      {isKnown && !mayChange && (
        <span title={t('lookOnlyText')}>
          <Badge tone="plain">{t('lookOnly')}</Badge>
        </span>
      )}
      <span class={`dot ${state}`} aria-hidden="true" />
      <span>{state === 'live' ? t('live') : state === 'connecting' ? t('connecting') : t('lost')}</span>
      <button type="button" class="quiet" onClick={() => closeSession()}>
        {t('forget')}
      </button>
    </div>
  )
}

/** Says that what is shown is old, how old, and what is done about it. It is read out once, not with each second. */
function LinkNotice({
  state: { state, ageMs, lastMs, retryAtMs, why, hasStopped },
}: {
  readonly state: Link
}): JSX.Element {
  const shown = useSignal(language)
  const seconds = retryAtMs === undefined ? 0 : Math.ceil((retryAtMs - performance.now()) / 1_000)
  const when = seconds > 0 ? t('lostIn', { seconds }) : t('lostNow')
  const age = formatAge(ageMs, shown)
  return (
    <>
      <p role="alert" class="unseen">
        {state === 'lost' && t('lost')}
      </p>
      {state === 'lost' && (
        <div class="notice bad lost">
          <p>
            <strong>{t('lost')}.</strong> {hasStopped && t('stopped')}{' '}
            {lastMs === undefined
              ? t('lostNever', { when })
              : t('lostText', { time: formatTime(lastMs, shown, lastMs), age, when })}
          </p>
          {why !== undefined && <p>{t('saidWhy', { why: cutText(why, 400) })}</p>}
        </div>
      )}
      {state === 'late' && <div class="notice warn lost">{t('lateText', { age })}</div>}
    </>
  )
}

function LateFault(): JSX.Element {
  const fault = useSignal(lateFault)
  return (
    <div role="alert">
      {fault !== undefined && (
        <div class="notice bad">
          <p>{fault}</p>
          <button type="button" onClick={() => lateFault.set(undefined)}>
            {t('dismiss')}
          </button>
        </div>
      )}
    </div>
  )
}

function LanguageChoice({ shown }: { readonly shown: Language }): JSX.Element {
  return (
    <div class="choice" role="group" aria-label={t('language')}>
      <button type="button" lang="en" aria-pressed={shown === 'en'} onClick={() => setLanguage('en')}>
        English
      </button>
      <button type="button" lang="zh-CN" aria-pressed={shown === 'zh'} onClick={() => setLanguage('zh')}>
        中文
      </button>
    </div>
  )
}

function usePlace(): Place {
  const [place, setPlace] = useState(readPlace)
  useEffect(() => {
    const read = (): void => setPlace(readPlace())
    addEventListener('hashchange', read)
    return () => removeEventListener('hashchange', read)
  }, [])
  return place
}

function readPlace(): Place {
  const [name = '', ...names] = location.hash.replace(/^#\/?/, '').split('/').map(decode)
  return { view: views.find((one) => one === name) ?? 'overview', names }
}

/** Somebody may have written it. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
