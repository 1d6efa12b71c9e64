import { signal } from '../state/signal.ts'
import type { TextKey } from './en.ts'
import { en } from './en.ts'
import { zh } from './zh.ts'

export type Language = 'en' | 'zh'

const storageKey = 'changeover.language'
const texts: Readonly<Record<Language, Readonly<Record<TextKey, string>>>> = { en, zh }

/** The language of the page: the one that was chosen, or that of the browser. */
export const language = signal<Language>(chooseLanguage(read(), navigator.languages))

export function setLanguage(chosen: Language): void {
  try {
    localStorage.setItem(storageKey, chosen)
  } catch {
    // Storage is switched off: it is chosen for this page only.
  }
  language.set(chosen)
}

function chooseLanguage(stored: string | null, preferred: readonly string[]): Language {
  if (stored === 'en' || stored === 'zh') return stored
  const first = preferred.find((tag) => /^(?:en|zh)\b/i.test(tag))
  return first !== undefined && /^zh/i.test(first) ? 'zh' : 'en'
}

function read(): string | null {
  try {
    return localStorage.getItem(storageKey)
  } catch {
    return null
  }
}

/** A text of the page in its language. */
export function t(key: TextKey, values: Readonly<Record<string, string | number>> = {}): string {
  return fill(texts[language.value][key], values)
}

/** Values may hold braces of their own. */
function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all))
}
