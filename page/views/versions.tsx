import type { ComponentChildren, JSX } from 'preact'
import { useState } from 'preact/hooks'

import type { ModelVersions, VersionDescription } from '../../src/contracts/compare.ts'
import type { WatchedModel } from '../../src/contracts/stream.ts'
import { Badge, toneOf } from '../parts/badge.tsx'
import {
  DeployDialog,
  findWayBack,
  PruneDialog,
  RollbackDialog,
  useVersions,
} from '../parts/change-dialogs.tsx'
import { Foreign } from '../parts/foreign.tsx'
import { Choice } from '../parts/model-choice.tsx'
import { nameState } from '../parts/steps.tsx'
import { Table, Wide } from '../parts/table.tsx'
import { useSignal } from '../parts/use-signal.ts'
import { right, watched } from '../state/session.ts'
import { cutText, formatBytes, formatNumber, formatTime } from '../text/format.ts'
import { language, t } from '../text/language.ts'

type Asked = { readonly what: 'deploy'; readonly version: string } | { readonly what: 'rollback' | 'prune' }

/** The versions of a model in the store, with what their manifests and their gates say. */
export function Versions({
  model: wanted,
  go,
}: {
  readonly model: string | undefined
  readonly go: (model: string) => void
}): JSX.Element | null {
  useSignal(language)
  const known = useSignal(watched)
  const mayChange = useSignal(right) === 'change'
  const [asked, setAsked] = useState<Asked>()
  const [said, setSaid] = useState('')
  const [again, setAgain] = useState(0)
  const models = known?.status.models ?? []
  const model = models.find((one) => one.model === wanted) ?? models[0]
  // Read again when something was done to it.
  const changes = known?.history.filter((entry) => entry.model === model?.model).at(-1)?.atMs ?? 0
  const { versions, fault } = useVersions(model?.model, again + changes)
  if (known === undefined) return null
  if (model === undefined) return <p class="empty">{t('noModels')}</p>
  const close = (): void => setAsked(undefined)
  return (
    <>
      <section aria-labelledby="versions-title">
        <div class="head">
          <h2 id="versions-title">{t('versions')}</h2>
          <Choice
            label={t('model')}
            names={models.map((one) => one.model)}
            value={model.model}
            onChoose={go}
          />
          <div class="row-actions">
            <button
              type="button"
              disabled={!mayChange || findWayBack(model) === undefined}
              onClick={() => setAsked({ what: 'rollback' })}
            >
              {t('rollback')}
            </button>
            <button
              type="button"
              disabled={!mayChange || versions === undefined}
              onClick={() => setAsked({ what: 'prune' })}
            >
              {t('prune')}
            </button>
          </div>
        </div>
        <p role="status">{said}</p>
        {fault !== undefined && (
          <p class="fault" role="alert">
            {fault}
          </p>
        )}
        {versions === undefined && fault === undefined && <p class="soft">{t('loading')}</p>}
        {versions?.names.length === 0 && <p class="empty">{t('noVersions')}</p>}
        {versions !== undefined && versions.names.length > 0 && (
          <VersionTable
            versions={versions}
            model={model}
            mayChange={mayChange}
            onDeploy={(version) => setAsked({ what: 'deploy', version })}
          />
        )}
      </section>
      {versions !== undefined && versions.versions.length > 1 && (
        <SideBySide key={model.model} versions={versions} model={model} />
      )}
      {asked?.what === 'deploy' && <DeployDialog model={model} version={asked.version} onClose={close} />}
      {asked?.what === 'rollback' && <RollbackDialog model={model} onClose={close} />}
      {asked?.what === 'prune' && (
        <PruneDialog
          model={model}
          onClose={close}
          onPruned={(removed) => {
            setSaid(
              removed.length === 0
                ? t('prunedNothing')
                : t('pruned', { versions: cutText(removed.join(', '), 400) }),
            )
            setAgain(again + 1)
          }}
        />
      )}
    </>
  )
}

type VersionTableProps = {
  readonly versions: ModelVersions
  readonly model: WatchedModel
  readonly mayChange: boolean
  readonly onDeploy: (version: string) => void
}

function VersionTable({
  versions: { versions, names },
  model,
  mayChange,
  onDeploy,
}: VersionTableProps): JSX.Element {
  const shown = useSignal(language)
  return (
    <>
      <Table
        caption={t('versions')}
        columns={[
          { title: t('version') },
          { title: t('published') },
          { title: t('publishedBy') },
          { title: t('size'), isNumber: true },
          { title: t('gates') },
          { title: t('note') },
          { title: t('actions'), isHidden: true },
        ]}
        rows={versions.map((one) => ({
          key: one.version,
          cells: [
            <>
              <strong class="version">
                <Foreign text={one.version} />
              </strong>{' '}
              {one.version === model.active && <Badge tone="good">{t('active')}</Badge>}
              {one.version === model.previous && <Badge tone="plain">{t('previous')}</Badge>}
            </>,
            one.manifest === undefined ? (
              <span class="bad">
                <Foreign text={one.fault ?? ''} max={200} />
              </span>
            ) : (
              formatTime(one.manifest.publishedAtMs, shown)
            ),
            one.manifest === undefined ? '' : <Foreign text={one.manifest.publishedBy} max={30} />,
            one.manifest === undefined ? '' : formatBytes(one.manifest.sizeBytes, shown),
            <GateSummary version={one} />,
            one.manifest?.note === undefined ? '' : <Foreign text={one.manifest.note} max={120} />,
            <div class="row-actions">
              <button
                type="button"
                disabled={!mayChange || one.version === model.active}
                aria-label={`${t('deploy')} ${cutText(one.version, 60)}`}
                onClick={() => onDeploy(one.version)}
              >
                {t('deploy')}
              </button>
            </div>,
          ],
        }))}
      />
      {versions.length < names.length && (
        <p class="hint">{t('versionsShown', { shown: versions.length, total: names.length })}</p>
      )}
    </>
  )
}

function GateSummary({ version: { gates } }: { readonly version: VersionDescription }): JSX.Element {
  if (gates === undefined) return <span class="soft">{t('gatesNever')}</span>
  return (
    <span class="gates">
      {gates.reports.map(({ gate, outcome }) => (
        <Badge key={gate} tone={toneOf(outcome)}>
          {gate}: {nameState(outcome)}
        </Badge>
      ))}
    </span>
  )
}

function SideBySide({
  versions: { versions, names },
  model,
}: {
  readonly versions: ModelVersions
  readonly model: WatchedModel
}): JSX.Element | null {
  const shown = useSignal(language)
  const described = versions.map(({ version }) => version)
  const [first, setFirst] = useState(model.active ?? described[1] ?? '')
  const [second, setSecond] = useState(described.find((one) => one !== first) ?? '')
  const [a, b] = [first, second].map((name) => versions.find(({ version }) => version === name))
  if (a === undefined || b === undefined) return null
  const rows = describeRows(a, b, shown)
  return (
    <section aria-labelledby="beside-title">
      <div class="head">
        <h2 id="beside-title">{t('sideBySide')}</h2>
        <Choice
          label={t('first')}
          names={described}
          value={first}
          onChoose={setFirst}
          active={model.active}
        />
        <Choice
          label={t('second')}
          names={described}
          value={second}
          onChoose={setSecond}
          active={model.active}
        />
        {names.length > 1 && (
          <a
            class="button"
            href={`#/compare/${[model.model, first, second].map(encodeURIComponent).join('/')}`}
          >
            {t('toCompare')}
          </a>
        )}
      </div>
      <Wide label={t('sideBySide')}>
        <table class="beside">
          <caption class="unseen">{t('sideBySide')}</caption>
          <thead>
            <tr>
              <th scope="col">
                <span class="unseen">{t('what')}</span>
              </th>
              <th scope="col">
                <Foreign text={first} />
              </th>
              <th scope="col">
                <Foreign text={second} />
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ title, cells, differs }) => (
              <tr key={title} class={differs ? 'differs' : ''}>
                <th scope="row">
                  {title} {differs && <Badge tone="warn">{t('differs')}</Badge>}
                </th>
                {cells.map((cell, index) => (
                  <td key={index}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </section>
  )
}

type BesideRow = {
  readonly title: string
  readonly cells: readonly ComponentChildren[]
  readonly differs: boolean
}

function describeRows(a: VersionDescription, b: VersionDescription, shown: 'en' | 'zh'): BesideRow[] {
  const text = (
    title: string,
    read: (one: NonNullable<VersionDescription['manifest']>) => string | undefined,
    differs = true,
  ): BesideRow => {
    const values = [a, b].map(({ manifest }) => (manifest && read(manifest)) ?? '')
    return {
      title,
      cells: values.map((value) => (value === '' ? '–' : <Foreign text={value} max={300} />)),
      differs: differs && values[0] !== values[1],
    }
  }
  const gates = [...new Set([a, b].flatMap(({ gates }) => gates?.reports.map(({ gate }) => gate) ?? []))]
  return [
    text(t('published'), ({ publishedAtMs }) => formatTime(publishedAtMs, shown), false),
    text(t('publishedBy'), ({ publishedBy }) => publishedBy),
    text(t('note'), ({ note }) => note),
    text(
      t('meta'),
      ({ meta }) =>
        meta &&
        Object.entries(meta)
          .map(([key, value]) => `${key}: ${value}`)
          .join('; '),
    ),
    text(t('file'), ({ fileName }) => fileName, false),
    text('SHA-256', ({ sha256 }) => sha256.slice(0, 16)),
    text(t('size'), ({ sizeBytes }) => formatBytes(sizeBytes, shown), false),
    text(
      t('labelCount'),
      ({ labelCount, labels }) =>
        `${formatNumber(labelCount, shown)}: ${labels.map((label) => cutText(label, 40)).join(', ')}`,
    ),
    text(t('tokenizer'), ({ tokenizer }) => tokenizer),
    text(t('training'), ({ training }) =>
      Object.entries(training)
        .map(([key, value]) => `${key} ${value}`)
        .join(', '),
    ),
    ...gates.map((gate): BesideRow => {
      const reports = [a, b].map(({ gates }) => gates?.reports.find((one) => one.gate === gate))
      return {
        title: `${t('gates')}: ${gate}`,
        cells: reports.map((report) =>
          report === undefined ? (
            '–'
          ) : (
            <>
              <Badge tone={toneOf(report.outcome)}>{nameState(report.outcome)}</Badge>{' '}
              <Foreign text={report.sentence} max={400} />
            </>
          ),
        ),
        differs: reports[0]?.outcome !== reports[1]?.outcome,
      }
    }),
  ]
}
