import type { Claim } from '../model/claim.ts'
import { valueOf } from '../model/fact.ts'
import type { FleetFacts } from '../model/facts.ts'
import type { Member, ZnodeClaim } from '../model/member.ts'
import type { ObjectKey } from '../model/object.ts'
import { keyText } from '../model/object.ts'
import type { Problem } from '../model/reasons.ts'
import { problem } from '../model/reasons.ts'
import { stemOf } from './identity.ts'
import { sha256 } from './prepare.ts'

/** What the members take on their machines. */
export function claimsOf(
  object: ObjectKey,
  createdAt: string,
  members: readonly Member[],
  facts: FleetFacts,
): readonly Claim[] {
  const local = members.flatMap((member): readonly Claim[] => {
    const at = { machine: machineOf(facts, member.host), host: member.host, object: keyText(object), createdAt }
    return [
      ...member.ports.map((claim): Claim => ({ ...at, what: { kind: 'port', ...claim, member: member.id } })),
      ...member.dataDirectories.map((path): Claim => ({ ...at, what: { kind: 'directory', path, member: member.id } })),
      { ...at, what: { kind: 'unit', unit: member.unit.name, member: member.id } },
      ...member.files
        .filter((file) => file.path !== member.unit.path && !file.path.startsWith(`/etc/ironherd/${stemOf(member)}/`))
        .map((file): Claim => {
          const { path, content } = file
          return { ...at, what: { kind: 'file', path, sha256: sha256(content), member: member.id } }
        }),
    ]
  })
  return [...local, ...znodeClaims(object, createdAt, members)]
}

/**
 * One claim for each server of the ensemble, since two objects may give its servers in another order, or not all of
 * them. A server that one of them names and the other addresses is not recognised: nothing here resolves names.
 */
function znodeClaims(object: ObjectKey, createdAt: string, members: readonly Member[]): readonly Claim[] {
  const claimed = members.flatMap(({ id, host, znodes = [] }) =>
    znodes.flatMap((znode) => serversOf(znode).map((server) => ({ id, host, server, ...znode }))),
  )
  // The members of one object share what they keep there.
  const once = Map.groupBy(claimed, ({ server, path }) => `${server} ${path}`)
  return [...once.values()].flatMap(([first]): Claim[] => {
    if (first === undefined) return []
    const { id, host, server, path, connect, field } = first
    const what = { kind: 'znode', path, connect, field, member: id } as const
    return [{ machine: `zookeeper ${server}`, host, object: keyText(object), createdAt, what }]
  })
}

function serversOf({ connect }: ZnodeClaim): readonly string[] {
  return connect.toLowerCase().split(',')
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
  const othersOn = Map.groupBy(others, (claim) => claim.machine)
  const found = [...Map.groupBy(own, (claim) => claim.machine)].flatMap(([machine, claims]) =>
    claims.flatMap((claim, index) => [
      ...claims.slice(0, index).flatMap((earlier) => collide(earlier, claim) ?? []),
      ...(othersOn.get(machine) ?? [])
        .filter((other) => other.object !== claim.object && isOlder(other, claim))
        .flatMap((other) => collide(other, claim) ?? []),
    ]),
  )
  // A znode collides on each server of the ensemble, and is one problem.
  return found.filter(({ message }, index) => found.findIndex((other) => other.message === message) === index)
}

function isOlder(a: Claim, b: Claim): boolean {
  return a.createdAt === b.createdAt ? a.object < b.object : a.createdAt < b.createdAt
}

function collide(first: Claim, second: Claim): Problem | undefined {
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
    return problem('InvalidSpec', message, at)
  }
  if (a.kind === 'znode' && b.kind === 'znode' && a.path === b.path) {
    const message = `${b.field}: ${b.path} on the ZooKeeper ensemble ${b.connect} of ${second.object} is also ${a.field} of ${first.object}, so that both would elect one leader between them: choose another path`
    return problem('RecoveryPathCollision', message, { field: b.field })
  }
  if (a.kind === 'file' && b.kind === 'file' && a.path === b.path && a.sha256 !== b.sha256) {
    const message = `${second.host}: ${b.path} of ${b.member} is also written by ${holder}, with other content: choose another path`
    return problem('InvalidSpec', message, at)
  }
  return undefined
}

function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`)
}
