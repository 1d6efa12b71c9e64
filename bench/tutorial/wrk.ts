import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** What wrk counted. A failure is an answer other than 2xx or 3xx, or an error of the socket. */
export type LoadFigures = {
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly requests: number
  readonly failed: number
}

export type Load = {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  readonly script: string
}

const run = promisify(execFile)

/** Writes the script that has wrk send a body. */
export function writeScript(folder: string, body: string): string {
  const path = join(folder, 'post.lua')
  writeFileSync(
    path,
    `wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = [==[${body}]==]
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("FIGURES %d %d %f %f %f\\n", summary.requests,
    e.status + e.connect + e.read + e.write + e.timeout, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
`,
  )
  return path
}

/** Sends as much as the connections carry, each its next request after the last answer. */
export async function load({ url, connections, seconds, script }: Load): Promise<LoadFigures> {
  const { stdout } = await run('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, url])
  const match = /^FIGURES (\S+) (\S+) (\S+) (\S+) (\S+)$/m.exec(stdout)
  if (match === null) throw new Error(`wrk said nothing that is understood:\n${stdout}`)
  const [requests = 0, failed = 0, duration = 1, p50Ms = 0, p99Ms = 0] = match.slice(1).map(Number)
  return { requestsPerSecond: requests / duration, p50Ms, p99Ms, requests, failed }
}
