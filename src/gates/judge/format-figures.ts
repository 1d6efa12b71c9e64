/** `16.6 %` */
export function formatShare(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`
}

export function formatSize(sizeBytes: number): string {
  if (sizeBytes >= 1 << 30) return `${(sizeBytes / (1 << 30)).toFixed(1)} GiB`
  if (sizeBytes >= 1 << 20) return `${(sizeBytes / (1 << 20)).toFixed(1)} MiB`
  return sizeBytes >= 1 << 10 ? `${(sizeBytes / (1 << 10)).toFixed(1)} KiB` : `${sizeBytes} B`
}

/** Three significant digits, as a chance needs them. */
export function formatChance(chance: number): string {
  return chance < 0.0001 ? '< 0.0001' : `= ${Number(chance.toPrecision(2))}`
}

const namesShown = 5

/** The first few of some names, and how many more there are: a model may have 300,000 labels. */
export function formatNames(names: readonly string[]): string {
  const more = names.length - namesShown
  return names.slice(0, namesShown).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
