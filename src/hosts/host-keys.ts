import { createHash } from 'node:crypto'

/** A public host key as it stands in known_hosts and in spec.ssh.hostKeys. */
export interface HostKey {
  /** ssh-ed25519, ecdsa-sha2-nistp256, … as the key itself says. */
  readonly type: string
  /** The raw key in SSH wire format: what the other side shows during the key exchange. */
  readonly blob: Buffer
}

/**
 * Signature algorithms by key type, best first. RSA keys sign with SHA-2 only: `ssh-rsa` names the SHA-1 signature,
 * which nobody should be believed for.
 */
const algorithmsByType: ReadonlyMap<string, readonly string[]> = new Map([
  ['ssh-ed25519', ['ssh-ed25519']],
  ['ecdsa-sha2-nistp256', ['ecdsa-sha2-nistp256']],
  ['ecdsa-sha2-nistp384', ['ecdsa-sha2-nistp384']],
  ['ecdsa-sha2-nistp521', ['ecdsa-sha2-nistp521']],
  ['ssh-rsa', ['rsa-sha2-512', 'rsa-sha2-256']],
])

/** `type base64 [comment]` → key. Undefined when the text is no such line, or its base64 holds a key of another type. */
export function parseHostKey(line: string): HostKey | undefined {
  const [type, base64] = line.trim().split(/\s+/)
  if (type === undefined || base64 === undefined || !/^[A-Za-z0-9+/]+=*$/.test(base64)) return undefined
  const blob = Buffer.from(base64, 'base64')
  return typeOfBlob(blob) === type ? { type, blob } : undefined
}

/** The type that a key blob names in its first string; '' when there is none. */
export function typeOfBlob(blob: Buffer): string {
  if (blob.length < 4) return ''
  const length = blob.readUInt32BE(0)
  return length > 64 || blob.length < 4 + length ? '' : blob.toString('latin1', 4, 4 + length)
}

/** As `ssh-keygen -lf` prints it: SHA256 and base64 without padding. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

/** The line to paste into spec.ssh.hostKeys. */
export function keyLine(blob: Buffer): string {
  return `${typeOfBlob(blob)} ${blob.toString('base64')}`
}

/** What to offer in the key exchange so that the host shows a key that can be compared: only types that are pinned. */
export function offeredAlgorithms(pinned: readonly HostKey[]): string[] {
  const types = new Set(pinned.map((key) => key.type))
  return [...algorithmsByType].filter(([type]) => types.has(type)).flatMap(([, algorithms]) => algorithms)
}

/** For a look at an unknown key: everything that is believed, ed25519 first, but those of `preferred` keys before it. */
export function allAlgorithms(preferred: readonly HostKey[] = []): string[] {
  return [...new Set([...offeredAlgorithms(preferred), ...[...algorithmsByType.values()].flat()])]
}

export function isSupportedType(type: string): boolean {
  return algorithmsByType.has(type)
}

export function isPinned(shown: Buffer, pinned: readonly HostKey[]): boolean {
  return pinned.some((key) => key.blob.equals(shown))
}
