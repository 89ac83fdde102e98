import { createHash } from 'node:crypto'
import type { ObjectKey } from '../../model/object.ts'

/** Where things of one member stand on its host; all are named by the unit's stem. */
export interface MemberPaths {
  /** Unit name without .service: `ironherd-<namespace>-<cluster>-<member>`. */
  readonly stem: string
  readonly unitName: string
  readonly unitPath: string
  readonly config: string
  readonly logs: string
  /** Below /run, made by systemd at each start and removed at each stop. */
  readonly runtime: string
  readonly loaded: string
  /** Written by MarkFirstStart and never removed by a repair. */
  readonly firstStartRecord: string
}

/** Room for `.service`, for names derived of it, and for a directory listing on a terminal. Linux allows 255. */
const maxStem = 120

/**
 * Unit names must be unique over all clusters of a machine. `-` joins the parts and may stand in them, so two different
 * triples could meet in one name (a-b/c and a/b-c): when a part has a `-`, or all is too long, a digest of the triple is
 * added that tells them apart.
 */
export function memberPaths(key: ObjectKey, member: string): MemberPaths {
  const parts = [key.namespace, key.name, member].map((part) => part.replace(/[^A-Za-z0-9_.-]/g, '_'))
  const plain = `ironherd-${parts.join('-')}`
  const ambiguous = key.namespace.includes('-') || key.name.includes('-')
  const digest = createHash('sha256')
    .update([key.kind, key.namespace, key.name, member].join('/'))
    .digest('hex')
    .slice(0, 8)
  const bounded = plain.length > maxStem - 9 ? `${plain.slice(0, maxStem - 9)}-${digest}` : plain
  const stem = ambiguous && bounded === plain ? `${plain}-${digest}` : bounded
  const unitName = `${stem}.service`
  return {
    stem,
    unitName,
    // Masking works only for units outside /etc/systemd/system (DESIGN §4.9).
    unitPath: `/usr/local/lib/systemd/system/${unitName}`,
    config: `/etc/ironherd/${stem}`,
    logs: `/var/log/ironherd/${stem}`,
    runtime: `/run/ironherd/${stem}`,
    loaded: `/run/ironherd/${stem}/loaded`,
    firstStartRecord: `/var/lib/ironherd/members/${stem}.first-start`,
  }
}
