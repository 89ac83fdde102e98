import type { Member } from '../model/member.ts'
import { type Problem, problem } from '../model/reasons.ts'

/** Ports and directories that two members of the cluster claim on one host. Other objects' claims are the planner's to compare. */
export function collisionProblems(members: readonly Member[]): readonly Problem[] {
  return members.flatMap((member, index) => {
    const earlier = members.slice(0, index).filter((other) => other.host === member.host)
    return [...earlier.flatMap((other) => portCollisions(other, member)), ...directoryCollisions(earlier, member)]
  })
}

function portCollisions(first: Member, second: Member): readonly Problem[] {
  return second.ports.flatMap((claim) => {
    const taken = first.ports.find((other) => other.port === claim.port)
    if (taken === undefined) return []
    return [
      problem(
        'PortCollision',
        `port ${claim.port} on ${second.host} is claimed by ${taken.field} (${taken.purpose}) and by ${claim.field} ` +
          `(${claim.purpose}); change one of them`,
        { host: second.host, member: second.id, field: claim.field },
      ),
    ]
  })
}

function directoryCollisions(earlier: readonly Member[], member: Member): readonly Problem[] {
  const others = earlier.flatMap((other) => other.dataDirectories.map((path) => ({ path, owner: other.id })))
  return member.dataDirectories.flatMap((path, index) => {
    const own = member.dataDirectories.slice(0, index).map((other) => ({ path: other, owner: member.id }))
    const taken = [...others, ...own].find((other) => overlaps(other.path, path))
    if (taken === undefined) return []
    return [
      problem(
        'DirectoryCollision',
        `${member.id} on ${member.host} would use ${path}, which is, contains or lies in ${taken.path} of ${taken.owner}; ` +
          'give each a directory of its own',
        { host: member.host, member: member.id },
      ),
    ]
  })
}

function overlaps(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`)
}
