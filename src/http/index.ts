/** What the gateway's HTTP port and an instance's have in common. */
export { joinHeaders, splitHeaders } from './header-block.ts'
export type { HeaderBlock } from './header-block.ts'
export { HttpPort } from './http-port.ts'
export { readBody } from './read-body.ts'
export { bodyTooLarge, problemAnswer, sendAnswer } from './send-answer.ts'
export type { Answer } from './send-answer.ts'
