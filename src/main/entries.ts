import { fileURLToPath } from 'node:url'

const entry = (name: string): string => fileURLToPath(new URL(`./${name}.js`, import.meta.url))

/** The modules that the processes run. */
export const entries = {
  worker: entry('worker'),
  gateway: entry('gateway'),
  nginx: entry('nginx'),
  publisher: entry('publisher'),
  modelCheck: entry('model-check'),
  versionCheck: entry('version-check'),
  gatekeeper: entry('gatekeeper'),
}
