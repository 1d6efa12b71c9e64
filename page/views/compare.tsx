import type { JSX } from 'preact'
import { useEffect, useId, useState } from 'preact/hooks'

import type {
  Answer,
  ScoredFeature,
  TriedText,
  TriedVersion,
  VersionComparison,
} from '../../src/contracts/compare.ts'
import { useVersions } from '../parts/change-dialogs.tsx'
import { Foreign } from '../parts/foreign.tsx'
import { Choice } from '../parts/model-choice.tsx'
import { Table } from '../parts/table.tsx'
import { useSignal } from '../parts/use-signal.ts'
import { api, right, watched } from '../state/session.ts'
import { toMessage } from '../state/to-message.ts'
import { cutText, formatNumber, formatShare } from '../text/format.ts'
import { language, t } from '../text/language.ts'

type CompareProps = {
  readonly model: string | undefined
  readonly a: string | undefined
  readonly b: string | undefined
  readonly go: (...names: readonly string[]) => void
}

/** What changes when one version takes the place of another: on the recorded traffic, and for one text. */
export function Compare({ model: wanted, a: wantedA, b: wantedB, go }: CompareProps): JSX.Element | null {
  useSignal(language)
  const known = useSignal(watched)
  const models = known?.status.models ?? []
  const model = models.find((one) => one.model === wanted) ?? models[0]
  const { versions, fault } = useVersions(model?.model)
  if (known === undefined) return null
  if (model === undefined) return <p class="empty">{t('noModels')}</p>
  const names = (versions?.names ?? []).toReversed()
  const pick = (name: string | undefined, others: readonly (string | null | undefined)[]): string =>
    [name, ...others].find((one) => one != null && names.includes(one)) ?? ''
  const a = pick(wantedA, [model.active, names[1], names[0]])
  const b = pick(wantedB, [...names.filter((one) => one !== a), a])
  return (
    <>
      <section aria-labelledby="compare-title">
        <div class="head">
          <h2 id="compare-title">{t('compare')}</h2>
          <Choice
            label={t('model')}
            names={models.map((one) => one.model)}
            value={model.model}
            onChoose={(name) => go(name)}
          />
          {names.length > 0 && (
            <>
              <Choice
                label={t('first')}
                names={names}
                value={a}
                onChoose={(name) => go(model.model, name, b)}
                active={model.active}
              />
              <Choice
                label={t('second')}
                names={names}
                value={b}
                onChoose={(name) => go(model.model, a, name)}
                active={model.active}
              />
            </>
          )}
        </div>
        {fault !== undefined && (
          <p class="fault" role="alert">
            {fault}
          </p>
        )}
        {versions?.names.length === 0 && <p class="empty">{t('noVersions')}</p>}
      </section>
      {a !== '' && (
        <>
          <TryOne key={`${model.model} ${a} ${b}`} model={model.model} a={a} b={b} />
          <OnRecorded key={`recorded ${model.model} ${a} ${b}`} model={model.model} a={a} b={b} />
        </>
      )}
    </>
  )
}

type Pair = { readonly model: string; readonly a: string; readonly b: string }

/** Does something once at a time, and keeps what came of it. */
function useAction<Result>(): {
  readonly result: Result | undefined
  readonly fault: string | undefined
  readonly isBusy: boolean
  readonly run: (act: () => Promise<Result> | undefined) => void
} {
  const [state, setState] = useState<{
    readonly result?: Result
    readonly fault?: string
    readonly isBusy?: true
  }>({})
  const [current, setCurrent] = useState({ isThere: true })
  useEffect(() => {
    const mine = { isThere: true }
    setCurrent(mine)
    return () => {
      mine.isThere = false
    }
  }, [])
  return {
    result: state.result,
    fault: state.fault,
    isBusy: state.isBusy === true,
    run: (act) => {
      const acted = act()
      if (acted === undefined || state.isBusy === true) return
      setState({ isBusy: true })
      acted.then(
        (result) => current.isThere && setState({ result }),
        (error: unknown) =>
          current.isThere && setState({ fault: t('requestFailed', { why: toMessage(error) }) }),
      )
    },
  }
}

function OnRecorded({ model, a, b }: Pair): JSX.Element {
  const shown = useSignal(language)
  const mayChange = useSignal(right) === 'change'
  const { result, fault, isBusy, run } = useAction<VersionComparison>()
  return (
    <section aria-labelledby="recorded-title">
      <h2 id="recorded-title">{t('compareTitle')}</h2>
      <p>{t('compareText', { a: cutText(a, 60), b: cutText(b, 60) })}</p>
      {!mayChange && <p class="hint">{t('needsChange')}</p>}
      <button
        type="button"
        class="primary"
        disabled={!mayChange || isBusy}
        onClick={() => run(() => api.value?.compare({ model, a, b }))}
      >
        {isBusy ? t('comparing') : t('compareGo')}
      </button>
      <div role="status">
        {fault !== undefined && <p class="fault">{fault}</p>}
        {result !== undefined && (
          <p class="question">
            {t('compareSummary', {
              changed: result.changed,
              texts: result.texts,
              share: formatShare(result.changed / Math.max(1, result.texts), shown),
            })}{' '}
            {result.texts < result.recorded &&
              t('compareNewest', { texts: result.texts, recorded: result.recorded })}
          </p>
        )}
      </div>
      {result !== undefined && result.changed > 0 && (
        <>
          <h3>{t('transitions')}</h3>
          <Table
            caption={t('transitions')}
            columns={[{ title: t('from') }, { title: t('to') }, { title: t('texts'), isNumber: true }]}
            rows={result.transitions.map(({ from, to, count }, index) => ({
              key: String(index),
              cells: [<Label label={from} />, <Label label={to} />, formatNumber(count, shown)],
            }))}
          />
          <h3>{t('changedTexts')}</h3>
          <Table
            caption={t('changedTexts')}
            columns={[
              { title: t('text') },
              { title: t('before') },
              { title: t('after') },
              { title: t('because') },
            ]}
            rows={result.changes.map(({ text, before, after, because }, index) => ({
              key: String(index),
              cells: [
                <Foreign text={text} max={200} />,
                <AnswerText answer={before} />,
                <AnswerText answer={after} />,
                because === undefined ? '–' : <Features features={because.slice(0, 4)} />,
              ],
            }))}
          />
          {result.changes.length < result.changed && (
            <p class="hint">{t('changedShown', { shown: result.changes.length, total: result.changed })}</p>
          )}
        </>
      )}
    </section>
  )
}

function TryOne({ model, a, b }: Pair): JSX.Element {
  useSignal(language)
  const id = useId()
  const [text, setText] = useState('')
  const { result, fault, isBusy, run } = useAction<TriedText>()
  return (
    <section aria-labelledby="try-title">
      <h2 id="try-title">{t('tryTitle')}</h2>
      <form
        class="try"
        onSubmit={(event) => {
          event.preventDefault()
          run(() => api.value?.tryText({ model, a, b, text }))
        }}
      >
        <label for={id} class="unseen">
          {t('text')}
        </label>
        <textarea
          id={id}
          rows={2}
          maxLength={10_000}
          dir="auto"
          required
          placeholder={t('text')}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <button type="submit" class="primary" disabled={isBusy}>
          {t('tryGo')}
        </button>
      </form>
      <div role="status">{fault !== undefined && <p class="fault">{fault}</p>}</div>
      {result !== undefined && (
        <>
          <div class="pair">
            <Tried tried={result.a} />
            <Tried tried={result.b} />
          </div>
          <p class="made-difference">
            {result.a.predictions[0]?.label === result.b.predictions[0]?.label ? (
              <span class="soft">{t('trySame')}</span>
            ) : (
              result.because !== undefined && (
                <>
                  <b>{t('tryWhy')}</b> <Features features={result.because} />
                </>
              )
            )}
          </p>
        </>
      )}
    </section>
  )
}

function Tried({ tried: { version, predictions, features } }: { readonly tried: TriedVersion }): JSX.Element {
  const shown = useSignal(language)
  const best = predictions[0]
  return (
    <div class="card">
      <h3>
        <Foreign text={version} />
      </h3>
      {best === undefined && <p class="soft">{t('tryUnknown')}</p>}
      <ul class="predictions">
        {predictions.map(({ label, probability }) => (
          <li key={label}>
            <span class="label">
              <Foreign text={label} max={60} />
            </span>
            <meter min={0} max={1} value={Math.min(1, probability)} aria-label={cutText(label, 60)} />
            <span class="number">{formatShare(Math.min(1, probability), shown)}</span>
          </li>
        ))}
      </ul>
      {best !== undefined && features !== undefined && (
        <>
          <h4>{t('speaksFor', { label: cutText(best.label, 60) })}</h4>
          <Features features={features} />
        </>
      )}
    </div>
  )
}

/** Words and what they add; a minus sign says that one speaks against it. */
function Features({ features }: { readonly features: readonly ScoredFeature[] }): JSX.Element {
  return (
    <span class="features">
      {features.map(({ kind, text, score }, index) => (
        <span key={index} class={score < 0 ? 'chip against' : 'chip for'} title={kind}>
          <Foreign text={text} max={40} /> <b>{`${score < 0 ? '−' : '+'}${Math.abs(score).toFixed(2)}`}</b>
        </span>
      ))}
    </span>
  )
}

function Label({ label }: { readonly label: string | null }): JSX.Element {
  return label === null ? <span class="soft">{t('noLabel')}</span> : <Foreign text={label} max={60} />
}

function AnswerText({ answer }: { readonly answer: Answer | null }): JSX.Element {
  const shown = useSignal(language)
  return (
    <>
      <Label label={answer?.label ?? null} />{' '}
      {answer !== null && <span class="soft">{formatShare(Math.min(1, answer.probability), shown)}</span>}
    </>
  )
}
