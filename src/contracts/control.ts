import Type from 'typebox'
import type { Static } from 'typebox'

import type { ErrorReport } from './errors.ts'
import { contractChanges } from './gates.ts'
import type { GateName, GateReport } from './gates.ts'
import type { InstanceName } from './instance-name.ts'
import type { GatewayStatus, ModelVersion, WorkerStatus } from './messages.ts'

/** Body of `POST /v1/deploy`: a file to publish first, or a version that is in the store; the model may be left out where it is clear. */
export const DeployBody = Type.Object(
  {
    target: Type.String({
      description: 'An absolute path of a model file, `1591259822`, or `name_question@1591259822`.',
    }),
    model: Type.Optional(Type.String()),
    force: Type.Optional(
      Type.Boolean({ description: 'Deploys also where a gate other than `whole` has failed.' }),
    ),
    allow: Type.Optional(
      Type.Array(Type.Enum(contractChanges), { description: 'What may differ from the active version.' }),
    ),
  },
  { additionalProperties: false },
)
export type DeployBody = Static<typeof DeployBody>

/** Body of `POST /v1/rollback`. */
export const RollbackBody = Type.Object(
  { model: Type.Optional(Type.String()) },
  { additionalProperties: false },
)
export type RollbackBody = Static<typeof RollbackBody>

/** One line of the answer to a deploy or rollback, as newline-delimited JSON. The last line is an `end`. */
export type DeployEvent =
  | { readonly type: 'start'; readonly from: string | null; readonly to: ModelVersion }
  | { readonly type: 'step'; readonly step: string; readonly state: 'started' }
  | {
      readonly type: 'step'
      readonly step: string
      readonly state: 'done' | 'failed'
      readonly durationMs: number
      readonly detail: string | undefined
      /** The figures, where the step is a gate. */
      readonly gate?: GateReport
    }
  | {
      readonly type: 'end'
      readonly ok: true
      readonly version: ModelVersion
      readonly durationMs: number
      /** The gates that failed and that `force` overrode. */
      readonly overrode?: readonly GateName[]
    }
  | { readonly type: 'end'; readonly ok: false; readonly error: ErrorReport; readonly durationMs: number }

export type ModelPointer = {
  readonly model: string
  readonly active: string
  readonly previous: string | null
  readonly sinceMs: number
}

/** The answer to `GET /v1/status`. A process that does not answer is null; an address is `http://host:port` as it is listened on. */
export type StackStatus = {
  readonly pid: number
  readonly startedAtMs: number
  readonly configPath: string
  readonly models: readonly ModelPointer[]
  readonly rollout: string | null
  readonly gateway: {
    readonly address: string
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
