import type { Language } from './language.ts'

const locales: Readonly<Record<Language, string>> = { en: 'en-GB', zh: 'zh-CN' }

/** What would reorder or hide text, or move the cursor of whoever copies it. */
const invisible = /[\p{Cc}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu

/** A text from outside for one line: what cannot be seen as a dot, and no more than so many characters. */
export function cutText(text: string, maxCharacters: number): string {
  const shown = text.slice(0, 4 * maxCharacters).replace(invisible, '·')
  const characters = Array.from(shown)
  if (characters.length <= maxCharacters && text.length <= 4 * maxCharacters) return shown
  return `${characters.slice(0, maxCharacters - 1).join('')}…`
}

/** A number in three digits or so: what is compared at a glance. */
export function formatNumber(value: number | null | undefined, language: Language): string {
  if (value == null || !Number.isFinite(value)) return '–'
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return new Intl.NumberFormat(locales[language], { maximumFractionDigits: digits }).format(value)
}

export function formatMs(ms: number | null | undefined, language: Language): string {
  if (ms == null || !Number.isFinite(ms)) return '–'
  return ms >= 10_000 ? `${formatNumber(ms / 1_000, language)} s` : `${formatNumber(ms, language)} ms`
}

export function formatShare(share: number, language: Language): string {
  return new Intl.NumberFormat(locales[language], { style: 'percent', maximumFractionDigits: 1 }).format(
    share,
  )
}

export function formatBytes(bytes: number, language: Language): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10))
  return `${formatNumber(bytes / 1024 ** power, language)} ${units[power] ?? ''}`
}

/** With the day, unless it is the same day as that of `nowMs`. */
export function formatTime(atMs: number, language: Language, nowMs?: number): string {
  const date = new Date(atMs)
  const isToday = nowMs !== undefined && date.toDateString() === new Date(nowMs).toDateString()
  return new Intl.DateTimeFormat(locales[language], {
    ...(isToday ? {} : { year: 'numeric', month: '2-digit', day: '2-digit' }),
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  }).format(date)
}

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/** How long something took or has lasted, in its largest unit: `5 min`, `3 hr`. */
export function formatAge(ms: number, language: Language): string {
  const seconds = Math.max(0, ms / 1_000)
  const [unit, size] = units.find(([, size]) => seconds >= size) ?? units[3]
  return new Intl.NumberFormat(locales[language], {
    style: 'unit',
    unit,
    unitDisplay: language === 'zh' ? 'long' : 'short',
  }).format(Math.floor(seconds / size))
}
