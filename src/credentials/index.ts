/** Certificates, keys and tokens: read from files, and checked before anything depends on them. */
export { readTls } from './read-tls.ts'
export type { ControlToken, ControlTokens } from './read-tokens.ts'
export { digestToken, readOwnToken, readTokens } from './read-tokens.ts'
