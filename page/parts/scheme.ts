import type { Signal } from '../state/signal.ts'
import { signal } from '../state/signal.ts'

const dark = matchMedia('(prefers-color-scheme: dark)')

/** Whether the page is dark; what is drawn on a canvas must be drawn again. */
export const scheme: Signal<'dark' | 'light'> = signal(dark.matches ? 'dark' : 'light')
dark.addEventListener('change', () => scheme.set(dark.matches ? 'dark' : 'light'))
