import { fileURLToPath } from 'node:url'

const entry = (name: string): string => fileURLToPath(new URL(`./entry/${name}.js`, import.meta.url))

/** The modules that the processes run. */
export const entries = {
  worker: entry('worker'),
  gateway: entry('gateway'),
  nginx: entry('nginx'),
  publisher: entry('publisher'),
  modelCheck: fileURLToPath(new URL('./model-check.js', import.meta.url)),
  versionCheck: fileURLToPath(new URL('./version-check.js', import.meta.url)),
  gatekeeper: entry('gatekeeper'),
  storeTask: entry('store-task'),
  serviceCheck: entry('service-check'),
}

/** The page of the control API, as the build has put it there. */
export const pageFolder = fileURLToPath(new URL('../page/', import.meta.url))
