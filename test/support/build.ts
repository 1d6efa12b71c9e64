import { execFileSync } from 'node:child_process'

/** Builds before any test runs, so that stale output is never tested. */
export default function build(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' })
}
