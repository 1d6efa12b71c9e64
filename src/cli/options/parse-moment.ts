import { ChangeoverError } from '../../contracts/index.ts'

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A moment in milliseconds: an ISO time, or how long ago, such as `30m`. A time without a zone is UTC, as all that is printed. Throws `bad_usage`. */
export function parseMoment(text: string, nowMs: number): number {
  const { count, unit } = /^(?<count>\d+)(?<unit>[smhd])$/.exec(text)?.groups ?? {}
  if (count !== undefined) return nowMs - Number(count) * unitMs[unit as keyof typeof unitMs]
  const isIso = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?$/.test(text)
  const hasZone = /(Z|[+-]\d{2}:?\d{2})$/.test(text) || !/\d:\d/.test(text)
  const atMs = isIso ? Date.parse(hasZone ? text : `${text}Z`) : Number.NaN
  if (!Number.isNaN(atMs)) return atMs
  throw new ChangeoverError(
    'bad_usage',
    `“${text}” is not a time: give one such as 2026-11-23T08:00Z, or how long ago: 30m, 2h, 1d`,
  )
}
