import type { Static } from '#typebox'
import Type from '#typebox'

import { logLevels } from '../config/schema/index.ts'
import type { BakeReport, Comparisons } from './bake.ts'
import type { ErrorReport } from './errors.ts'
import type { GateReport, Overridable } from './gates.ts'
import { contractChanges } from './gates.ts'
import type { Receipt } from './history.ts'
import type { InstanceName } from './instance-name.ts'
import type { GatewayStatus, WorkerStatus } from './messages.ts'
import type { ModelVersion } from './model-version.ts'

/** Who requests something, from which address if it is another machine, and why; for the history. */
const asked = {
  by: Type.Optional(Type.String()),
  address: Type.Optional(Type.String()),
  why: Type.Optional(Type.String()),
}

/** Body of `POST /v1/deploy`: a file to publish first, or a version that is in the store; the model may be left out if it is clear. */
export const DeployBody = Type.Object(
  {
    target: Type.String({
      description: 'An absolute path of a model file, `1591259822`, or `name_question@1591259822`.',
    }),
    model: Type.Optional(Type.String()),
    ...asked,
    /** For the manifest of a file that is published first. */
    note: Type.Optional(Type.String()),
    meta: Type.Optional(Type.Record(Type.String(), Type.String())),
    force: Type.Optional(
      Type.Boolean({
        description: 'Deploys even if a gate other than `whole` fails, or a check of the bake.',
      }),
    ),
    allow: Type.Optional(
      Type.Array(Type.Enum(contractChanges), { description: 'What may differ from the active version.' }),
    ),
  },
  { additionalProperties: false },
)
export type DeployBody = Static<typeof DeployBody>

/** Body of `POST /v1/rollback`: to the previous version, to the one that is named, or to the one that was active before a moment. */
export const RollbackBody = Type.Object(
  {
    model: Type.Optional(Type.String()),
    to: Type.Optional(Type.String()),
    beforeMs: Type.Optional(Type.Integer()),
    ...asked,
    force: Type.Optional(Type.Boolean({ description: 'Goes back even if a check of the bake fails.' })),
  },
  { additionalProperties: false },
)
export type RollbackBody = Static<typeof RollbackBody>

/** Body of `POST /v1/load`: a client of the repository extension wants a model served; by default its newest version. */
export const LoadBody = Type.Object(
  { model: Type.String(), version: Type.Optional(Type.String()), ...asked },
  { additionalProperties: false },
)
export type LoadBody = Static<typeof LoadBody>

/** Body of `POST /v1/unload`. */
export const UnloadBody = Type.Object({ model: Type.String(), ...asked }, { additionalProperties: false })
export type UnloadBody = Static<typeof UnloadBody>

/** Body of `POST /v1/log-level`. */
export const LogLevelBody = Type.Object({ level: Type.Enum(logLevels) }, { additionalProperties: false })
export type LogLevelBody = Static<typeof LogLevelBody>

/** The answer to `POST /v1/log-level`: how many processes log that from now on. Those of earlier builds do not. */
export type LogLevelSet = LogLevelBody & { readonly processes: number }

/** One line of the answer to a deploy, load or rollback, as newline-delimited JSON. The last line is an `end`. */
export type DeployEvent =
  | { readonly type: 'start'; readonly from: string | null; readonly to: ModelVersion }
  | { readonly type: 'step'; readonly step: string; readonly state: 'started' }
  | {
      readonly type: 'step'
      readonly step: string
      readonly state: 'done' | 'failed'
      readonly durationMs: number
      readonly detail: string | undefined
      /** The figures, if the step is a gate. */
      readonly gate?: GateReport
      /** The same, if it is the bake. */
      readonly bake?: BakeReport
    }
  | {
      readonly type: 'end'
      readonly ok: true
      readonly version: ModelVersion
      readonly durationMs: number
      /** What failed and was overridden by `force`. */
      readonly overrode?: readonly Overridable[]
      /** What the version was compared by; left out if nothing was deployed, and for a rollback. */
      readonly comparisons?: Comparisons
    }
  | { readonly type: 'receipt'; readonly receipt: Receipt }
  | { readonly type: 'end'; readonly ok: false; readonly error: ErrorReport; readonly durationMs: number }

/** One line of the answer to `POST /v1/reload`; the last is an `end`. */
export type ReloadEvent =
  | Extract<DeployEvent, { type: 'step' }>
  | { readonly type: 'end'; readonly ok: true; readonly durationMs: number }
  | Extract<DeployEvent, { type: 'end'; ok: false }>

export type ModelPointer = {
  readonly model: string
  readonly active: string
  readonly previous: string | null
  readonly sinceMs: number
}

/** An active version that is not served because it is damaged; null if the previous one cannot be served either. */
export type DamagedVersion = ModelVersion & { readonly why: string; readonly servedInstead: string | null }

/** The answer to `GET /v1/status`. A process that does not answer is null; an address is `http://host:port`, as the process listens on it. */
export type StackStatus = {
  readonly pid: number
  readonly startedAtMs: number
  readonly configPath: string
  readonly models: readonly ModelPointer[]
  readonly damaged: readonly DamagedVersion[]
  /** The models that a client unloaded; left out by older builds. */
  readonly unloaded?: readonly string[]
  readonly rollout: string | null
  readonly gateway: {
    readonly address: string
    /** Where it serves gRPC: `host:port`; null if it does not, and left out by older builds. */
    readonly grpcAddress?: string | null
    readonly restarts: number
    readonly status: GatewayStatus | null
  }
  readonly instances: readonly InstanceStatus[]
}

export type InstanceStatus = {
  readonly name: InstanceName
  readonly address: string
  readonly restarts: number
  readonly workers: readonly (WorkerStatus | null)[]
}
