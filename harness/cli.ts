import { spawn } from 'node:child_process'

import { cliPath } from './paths.ts'

export type CliResult = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** Runs the built command to its end. */
export function runCli(
  args: readonly string[],
  options: {
    readonly cwd?: string
    readonly input?: string
    /** Environment variables besides one's own. */
    readonly env?: Readonly<Record<string, string>>
  } = {},
): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cliPath, ...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
    child.stdin.end(options.input)
  })
}
