import type { Static } from '#typebox'
import Type from '#typebox'

import type { ErrorReport } from './errors.ts'
import type { GateReport } from './gates.ts'

const pair = {
  model: Type.String(),
  a: Type.String({ description: 'A version of the store.' }),
  b: Type.String({ description: 'Another one, which may take its place.' }),
}

/** Body of `POST /v1/compare`: which answers to the recorded texts change when one version takes the place of another. */
export const CompareBody = Type.Object(pair, { additionalProperties: false })
export type CompareBody = Static<typeof CompareBody>

/** Body of `POST /v1/try`: what two versions make of one text. */
export const TryBody = Type.Object({ ...pair, text: Type.String() }, { additionalProperties: false })
export type TryBody = Static<typeof TryBody>

/** Body of `POST /v1/prune`: all versions but the newest `keep`, those that a rollback needs and those in use are removed. */
export const PruneBody = Type.Object(
  {
    model: Type.String(),
    keep: Type.Integer({ minimum: 1 }),
    by: Type.Optional(Type.String()),
    address: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)
export type PruneBody = Static<typeof PruneBody>

/** A label and its probability. */
export type Answer = { readonly label: string; readonly probability: number }

/** A part of a text, and what it adds to a score: a word, a word pair or a subword. */
export type ScoredFeature = { readonly kind: string; readonly text: string; readonly score: number }

/** The answer to `POST /v1/compare`. */
export type VersionComparison = {
  readonly a: string
  readonly b: string
  /** How many texts are recorded, and how many of them, the newest, both versions were asked in the time that there was. */
  readonly recorded: number
  readonly texts: number
  readonly changed: number
  /** From which label to which, the most frequent first, 100 at most; a label is null if a version gives none. */
  readonly transitions: readonly {
    readonly from: string | null
    readonly to: string | null
    readonly count: number
  }[]
  /** The most surprising texts, 100 at most; those over 2,000 characters are cut. `because` is left out if it is not known. */
  readonly changes: readonly {
    readonly text: string
    readonly before: Answer | null
    readonly after: Answer | null
    readonly because?: readonly ScoredFeature[]
  }[]
}

/** The answer to `POST /v1/try`, for each version. */
export type TriedText = {
  readonly a: TriedVersion
  readonly b: TriedVersion
  /** Which features made the difference, if the best labels differ and it is known. */
  readonly because?: readonly ScoredFeature[]
}

export type TriedVersion = {
  readonly version: string
  /** The best five; none if the version knows no word of the text. */
  readonly predictions: readonly Answer[]
  /** What speaks most for its best label; left out if it is not known, as with the loss hs. */
  readonly features?: readonly ScoredFeature[]
}

/** The answer to `POST /v1/prune`. */
export type Pruned = { readonly removed: readonly string[] }

/** The answer to `GET /v1/versions?model=NAME`. */
export type ModelVersions = {
  readonly model: string
  /** The names of all versions in the store, oldest first, and how many the configuration keeps. */
  readonly names: readonly string[]
  readonly keep: number
  /** The newest ones, 30 at most, and those that are active or previous; newest first. */
  readonly versions: readonly VersionDescription[]
}

export type VersionDescription = {
  readonly version: string
  /** Why nothing more is known of it, if its manifest cannot be read. */
  readonly fault?: string
  readonly manifest?: {
    readonly publishedAtMs: number
    readonly publishedBy: string
    readonly note?: string
    readonly meta?: Readonly<Record<string, string>>
    readonly tokenizer: string
    readonly labelCount: number
    /** The first 20. */
    readonly labels: readonly string[]
    readonly training: Readonly<Record<string, string | number>>
    readonly fileName: string
    readonly sizeBytes: number
    readonly sha256: string
  }
  /** The last results of its gates; left out if it was never tried. */
  readonly gates?: {
    readonly atMs: number
    readonly active: string | null
    readonly reports: readonly GateReport[]
  }
}

/** What a subprocess does for a client of the control API, so that the supervisor does nothing that takes long. */
export type StoreTask =
  | ({ readonly do: 'compare'; readonly recordFolder: string } & CompareBody & StoreAccess)
  | ({ readonly do: 'try' } & TryBody & StoreAccess)
  | ({ readonly do: 'prune' } & PruneBody & StoreAccess)

type StoreAccess = { readonly storePath: string; readonly trustedKeys: readonly string[] }

/** What it sends when it is done. */
export type StoreTaskMessage =
  | { readonly type: 'done'; readonly result: unknown }
  | { readonly type: 'failed'; readonly error: ErrorReport }
