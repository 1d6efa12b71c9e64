/**
 * Posts the same large body again and again, each after the last answer, until it is sent SIGTERM; then prints how many were
 * answered. Its arguments are the address and the body's file. In a process of its own, so that what a client does with a large
 * answer does not delay the clock of small requests. Every answer must be the first one's length, and 200.
 */
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'

const [url = '', bodyFile = ''] = process.argv.slice(2)
const body = readFileSync(bodyFile)
const agent = new Agent({ keepAlive: true })
const over = new AbortController()
process.once('SIGTERM', () => over.abort())

const post = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length }
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => (bytes += chunk.length))
      response.on('end', () => {
        if (response.statusCode === 200) resolve(bytes)
        else reject(new Error(`a batch is answered with ${response.statusCode}`))
      })
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })

const expectedBytes = await post()
let answered = 1
for (; !over.signal.aborted; answered++) {
  const bytes = await post()
  if (bytes !== expectedBytes)
    throw new Error(`an answer has ${bytes} bytes, and the first had ${expectedBytes}`)
}
agent.destroy()
console.log(answered)
