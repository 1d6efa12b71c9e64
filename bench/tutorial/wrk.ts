import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** What wrk counted. A failure is an answer other than 2xx or 3xx, an error of the socket, or no answer within wrk's 2 s. */
export type LoadFigures = {
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  readonly requests: number
  readonly failed: number
}

export type Load = {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  readonly script: string
  readonly signal: AbortSignal
}

const run = promisify(execFile)

/** Writes the script that has wrk post a body and print its figures on one line. */
export function writeScript(folder: string, body: string, name = 'post.lua'): string {
  const path = join(folder, name)
  writeFileSync(
    path,
    `wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = [==[${body}]==]
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("FIGURES %d %d %f %f %f %f\\n", summary.requests,
    e.status + e.connect + e.read + e.write + e.timeout, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
`,
  )
  return path
}

/** Sends as much as the connections carry, each its next request after its last answer. */
export async function sendAll({ url, connections, seconds, script, signal }: Load): Promise<LoadFigures> {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, url]
  const { stdout } = await run('/usr/bin/wrk', args, { signal })
  const figures = /^FIGURES (.+)$/m.exec(stdout)?.[1]?.split(' ').map(Number)
  if (figures === undefined) throw new Error(`wrk said nothing that is understood:\n${stdout}`)
  const [requests = 0, failed = 0, duration = NaN, p50Ms = NaN, p99Ms = NaN, maxMs = NaN] = figures
  return { requestsPerSecond: requests / duration, p50Ms, p99Ms, maxMs, requests, failed }
}
