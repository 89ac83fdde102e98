import type { DesiredFile, ServiceUser, SoftwareSource } from './member.ts'
import type { Resource } from './object.ts'
import type { Problem } from './reasons.ts'

/** What the machine of a Host is to be beside its members, down to the bytes. A part that is missing or empty is left as it is. */
export interface DesiredHost {
  readonly host: string
  /** Its spec declares a preparation. */
  readonly declared: boolean
  /** Lines between the marks in /etc/hosts. */
  readonly hostsBlock?: readonly string[]
  readonly hostname?: string
  readonly users: readonly ServiceUser[]
  readonly files: readonly HostFile[]
  /** Paths of files that stay as they are when they are there: what is to be in them cannot be told now. */
  readonly keeps: readonly string[]
  /** Files that say from where packages come, and a digest over them and their keys. */
  readonly packageLists?: { readonly sources: readonly string[]; readonly digest: string }
  readonly packages?: Extract<SoftwareSource, { from: 'packages' }>
  /** TCP ports that the firewall is to let in, ascending; missing: it is left as it is. */
  readonly openPorts?: readonly number[]
  readonly java?: Extract<SoftwareSource, { from: 'archive' }>
}

/** Parts of a preparation: to its steps what a member is in a cluster. */
export type HostPart =
  | 'hostsFile'
  | 'hostname'
  | 'users'
  | 'limits'
  | 'environment'
  | 'packageRepositories'
  | 'packages'
  | 'java'
  | 'firewall'

export interface HostFile {
  readonly part: HostPart
  readonly file: DesiredFile
}

export interface HostInput {
  readonly object: Resource
  /** All of the namespace, this one among them. */
  readonly hosts: readonly Resource[]
  /** By name, then key. */
  readonly configMaps: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** TCP ports of members that are declared on the machine, or leave it. */
  readonly memberPorts: readonly number[]
}

/** What the control room knows of preparations: pure. */
export interface HostKind {
  /** ConfigMaps that the spec names. */
  configMaps(object: Resource): readonly string[]
  /** What cannot be is a problem, and left out. */
  expand(input: HostInput): { readonly desired: DesiredHost; readonly problems: readonly Problem[] }
}

/** Lines of ironherd's own in a file that is somebody else's. */
export interface MarkedBlock {
  readonly path: string
  /** The lines before and after them, which nobody else writes. */
  readonly begin: string
  readonly end: string
  /** A file that stands on the machine as long as the block does, or may. */
  readonly record: string
}

export const hostsBlock: MarkedBlock = {
  path: '/etc/hosts',
  begin: '# BEGIN ironherd: Hosts of the namespace, by spec.preparation.hostsFile; changes in here are undone',
  end: '# END ironherd',
  record: '/var/lib/ironherd/preparation/hosts-block',
}

export const limitsPath = '/etc/security/limits.d/90-ironherd-host.conf'
export const environmentPath = '/etc/profile.d/ironherd-host.sh'

/** Holds the digest of the DesiredHost.packageLists that were fetched last. */
export const packageListsRecord = '/var/lib/ironherd/preparation/package-lists'

export type SelinuxMode = 'Enforcing' | 'Permissive' | 'Disabled'

/** Names that preparations keep for their own files, wherever these stand. */
export function isHostFile(path: string): boolean {
  return /\/(90-)?ironherd-host[^/]*$/.test(path)
}
