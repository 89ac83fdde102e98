import type { Claim } from '../model/claim.ts'
import { valueOf } from '../model/fact.ts'
import type { FleetFacts } from '../model/facts.ts'
import type { Member } from '../model/member.ts'
import type { ObjectKey } from '../model/object.ts'
import { keyText } from '../model/object.ts'
import type { Problem } from '../model/reasons.ts'
import { problem } from '../model/reasons.ts'

/** What the members take on their machines. */
export function claimsOf(
  object: ObjectKey,
  createdAt: string,
  members: readonly Member[],
  facts: FleetFacts,
): readonly Claim[] {
  return members.flatMap((member) => {
    const at = { machine: machineOf(facts, member.host), host: member.host, object: keyText(object), createdAt }
    return [
      ...member.ports.map((claim): Claim => ({ ...at, what: { kind: 'port', ...claim, member: member.id } })),
      ...member.dataDirectories.map((path): Claim => ({ ...at, what: { kind: 'directory', path, member: member.id } })),
      { ...at, what: { kind: 'unit', unit: member.unit.name, member: member.id } },
    ]
  })
}

/** The machine-id when the machine was seen, else the Host object's name. */
export function machineOf(facts: FleetFacts, host: string): string {
  return valueOf(facts[host])?.machineId ?? host
}

/**
 * Collisions of `own` claims with each other and with those of other objects. Between objects the older one stands, so
 * that applying a new object can never stop a cluster that runs; ties are broken by name.
 */
export function collisions(own: readonly Claim[], others: readonly Claim[]): readonly Problem[] {
  const found: Problem[] = []
  own.forEach((claim, index) => {
    for (const earlier of own.slice(0, index)) {
      const found_ = collide(earlier, claim)
      if (found_ !== undefined) found.push(found_)
    }
    for (const other of others) {
      if (other.object === claim.object || !isOlder(other, claim)) continue
      const found_ = collide(other, claim)
      if (found_ !== undefined) found.push(found_)
    }
  })
  return found
}

function isOlder(a: Claim, b: Claim): boolean {
  return a.createdAt === b.createdAt ? a.object < b.object : a.createdAt < b.createdAt
}

function collide(first: Claim, second: Claim): Problem | undefined {
  if (first.machine !== second.machine) return undefined
  const a = first.what
  const b = second.what
  const holder = first.object === second.object ? a.member : `${first.object} (${a.member})`
  const at = { host: second.host, member: b.member }
  if (a.kind === 'port' && b.kind === 'port' && a.port === b.port) {
    const message = `${second.host}: port ${b.port} (${b.field}, ${b.purpose} of ${b.member}) is also ${a.field} (${a.purpose}) of ${holder}: choose another port`
    return problem('PortCollision', message, { ...at, field: b.field })
  }
  if (a.kind === 'directory' && b.kind === 'directory' && overlap(a.path, b.path)) {
    const message = `${second.host}: ${b.path} of ${b.member} overlaps with ${a.path} of ${holder}: choose another directory`
    return problem('DirectoryCollision', message, at)
  }
  if (a.kind === 'unit' && b.kind === 'unit' && a.unit === b.unit) {
    const message = `${second.host}: unit ${b.unit} of ${b.member} is also that of ${holder}: rename one of the objects`
    return problem('UnitCollision', message, at)
  }
  return undefined
}

function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`)
}
