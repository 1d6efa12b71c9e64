import type { ComponentChildren, JSX } from 'preact'

export type Tone = 'good' | 'bad' | 'warn' | 'plain'

/** A state in a word; its colour says nothing that the word does not. */
export function Badge({
  tone,
  children,
}: {
  readonly tone: Tone
  readonly children: ComponentChildren
}): JSX.Element {
  return <span class={`badge ${tone}`}>{children}</span>
}

const tones: Readonly<Record<string, Tone>> = {
  ...{ done: 'good', passed: 'good', up: 'good', live: 'good' },
  ...{ failed: 'bad', down: 'bad', lost: 'bad', interrupted: 'bad' },
  ...{ overridden: 'warn', paused: 'warn', late: 'warn', running: 'warn', started: 'warn' },
}

export function toneOf(state: string): Tone {
  return tones[state] ?? 'plain'
}
