type Stretch = { readonly fromMs: number; readonly versions: readonly string[] }

/** Which versions could answer, and when: one while nothing is rolled out, two during a rollout. */
export class Timeline {
  readonly #stretches: Stretch[]

  constructor(version: string) {
    this.#stretches = [{ fromMs: -Infinity, versions: [version] }]
  }

  /** The version that serves, or served before the rollout in progress. */
  get version(): string {
    return this.#stretches.at(-1)?.versions[0] ?? ''
  }

  /** A rollout begins: from now on the old version and the new one may answer. */
  begin(version: string, nowMs: number): void {
    this.#stretches.push({ fromMs: nowMs, versions: [this.version, version] })
  }

  /** A rollout is complete, or undone: requests that are sent from now on are answered by this version alone. */
  end(version: string, nowMs: number): void {
    this.#stretches.push({ fromMs: nowMs, versions: [version] })
  }

  /** The versions that may answer a request that was in flight between two moments. */
  possible(sentMs: number, answeredMs: number): ReadonlySet<string> {
    const versions = new Set<string>()
    for (let i = this.#stretches.length - 1; i >= 0; i--) {
      const stretch = this.#stretches[i]
      if (stretch === undefined || stretch.fromMs > answeredMs) continue
      for (const version of stretch.versions) versions.add(version)
      if (stretch.fromMs <= sentMs) break
    }
    return versions
  }
}
