import type { DesiredFile, ServiceUser } from './member.ts'
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
}

/** Parts of a preparation, in the order in which they are done: to steps what a member is in a cluster. */
export const hostParts = ['hostsFile', 'hostname', 'users', 'limits', 'environment'] as const
export type HostPart = (typeof hostParts)[number]

export interface HostFile {
  readonly part: HostPart
  readonly file: DesiredFile
}

/** What the control room knows of preparations: pure. */
export interface HostKind {
  /** `hosts`: all of the namespace, this one among them. What cannot be is a problem, and left out. */
  expand(
    object: Resource,
    hosts: readonly Resource[],
  ): { readonly desired: DesiredHost; readonly problems: readonly Problem[] }
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

/** Names that preparations keep for their own files, wherever these stand. */
export function isHostFile(path: string): boolean {
  return /\/(90-)?ironherd-host[^/]*$/.test(path)
}
