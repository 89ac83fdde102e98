/** Hadoop 2 has other ports and other names of variables. */
export function isHadoop2(version: string): boolean {
  return version.startsWith('2.')
}

/** Why this release cannot configure the version; undefined: it can. */
export function versionRefusal(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (version.startsWith('3.0.0')) {
    return `${version} has another RPC port than every other release and was withdrawn; use a newer one`
  }
  if (major === 3 || (major === 2 && minor >= 10)) return undefined
  return `${version} is neither Hadoop 2.10 nor Hadoop 3, which this release can configure; use one of those`
}

/** The line of releases, e.g. 3.4: within one, images and blocks are written in one form. */
export function lineOf(version: string): string {
  return version.split('.').slice(0, 2).join('.')
}

/** Whether the line of `version` came before that of `other`. */
export function isOlderLine(version: string, other: string): boolean {
  const [[major = 0, minor = 0], [otherMajor = 0, otherMinor = 0]] = [version, other].map((text) =>
    text.split('.').map(Number),
  ) as [number[], number[]]
  return major < otherMajor || (major === otherMajor && minor < otherMinor)
}
