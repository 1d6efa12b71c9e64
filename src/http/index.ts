/** The HTTP/1.1 server of the gateway's port and an instance's. */
export { problemAnswer } from './answer.ts'
export type { Answer } from './answer.ts'
export type { Answered, HttpRequest, Respond } from './connection.ts'
export { formatAccessLine } from './format-access-line.ts'
export { joinHeaders, splitHeaders } from './header-block.ts'
export type { HeaderBlock } from './header-block.ts'
export { healthAnswer, healthUrl } from './health.ts'
export { HttpPort } from './http-port.ts'
