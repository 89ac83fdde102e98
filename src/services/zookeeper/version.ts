/** First version that knows zookeeper.db.autocreate, without which an emptied server votes (runbook §1.3). */
export const oldestVersion = '3.6.0'

/** [major, minor, patch] of 3.8.4 or 3.8.4-2. */
export function versionParts(version: string): readonly [number, number, number] {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(version)
  return [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0), Number(match?.[3] ?? 0)]
}

export function atLeast(version: string, bound: string): boolean {
  const mine = versionParts(version)
  const theirs = versionParts(bound)
  for (const [index, part] of mine.entries()) {
    const other = theirs[index] ?? 0
    if (part !== other) return part > other
  }
  return true
}
