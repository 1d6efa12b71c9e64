/** The front door: primary first, backup while the primary is paused or unwell. */
export { Gateway } from './gateway.ts'
