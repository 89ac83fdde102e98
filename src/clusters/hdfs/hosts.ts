import type { HdfsDataNodeGroup, HdfsSpec } from '../../api/hdfs.ts'
import type { HostView } from '../../model/kind.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import type { NameNodePlace } from '../../services/hdfs-common/context.ts'
import { finderIn, type Hosts, inTwoGroups, type Placed } from '../hosts.ts'

export interface HdfsPlacement {
  readonly nameNodes: readonly NameNodePlace[]
  readonly journals: readonly HostView[]
  /** Of the SecondaryNameNode. */
  readonly secondary: readonly HostView[]
  readonly groups: readonly Placed<HdfsDataNodeGroup>[]
  readonly gateways: readonly HostView[]
  readonly clients: readonly HostView[]
  /** By user: the addresses that it may act for others from, * for everywhere. */
  readonly proxyHosts: Readonly<Record<string, readonly string[]>>
  readonly problems: readonly Problem[]
}

/** Which host has which role; hosts that do not exist are left out and told as problems. */
export function placeHdfs(spec: HdfsSpec, hosts: Hosts): HdfsPlacement {
  const finder = finderIn(hosts)
  const problems: Problem[] = []
  const nameNodes = spec.nameNodes.members.flatMap(({ id, host }, index) =>
    finder.named(host, `spec.nameNodes.members[${index}].host`).map((view) => ({ id, host: view })),
  )
  const journals = finder.distinct(spec.journalNodes?.hosts ?? [], 'spec.journalNodes.hosts')
  const secondary = spec.secondary === undefined ? [] : finder.named(spec.secondary.host, 'spec.secondary.host')
  const groups = spec.dataNodeGroups.map((group, index): Placed<HdfsDataNodeGroup> => {
    const field = `spec.dataNodeGroups[${index}]`
    const { hosts: names, hostSelector } = group
    if ((names === undefined) === (hostSelector === undefined)) {
      problems.push(problem('InvalidSpec', `${field}: give exactly one of hosts and hostSelector`, { field }))
    }
    if (names !== undefined) return { group, field, hosts: finder.distinct(names, `${field}.hosts`) }
    if (hostSelector !== undefined) return { group, field, hosts: finder.select(hostSelector, `${field}.hostSelector`) }
    return { group, field, hosts: [] }
  })
  const gateways = finder.distinct(spec.httpFs?.hosts ?? [], 'spec.httpFs.hosts')
  const clients = finder.distinct(spec.clients.hosts, 'spec.clients.hosts')
  const proxyHosts = Object.fromEntries(
    spec.proxyUsers.map(({ user, hosts: places }, index) => [
      user,
      places.flatMap((place, at) =>
        isAddress(place)
          ? [place]
          : finder.named(place, `spec.proxyUsers[${index}].hosts[${at}]`).map((host) => host.serviceAddress),
      ),
    ]),
  )
  return {
    nameNodes,
    journals,
    secondary,
    groups,
    gateways,
    clients,
    proxyHosts,
    problems: [
      ...finder.problems,
      ...problems,
      ...twins(
        nameNodes.map(({ id, host }, index) => {
          return { host, what: `NameNode ${id}`, field: `spec.nameNodes.members[${index}].host` }
        }),
      ),
      ...twins(
        journals.map((host, index) => {
          return { host, what: `the JournalNode on ${host.name}`, field: `spec.journalNodes.hosts[${index}]` }
        }),
      ),
      ...inTwoGroups(groups, 'a DataNode'),
    ],
  }
}

/** *, an IPv4 address, or a range of them; everything else is the name of a Host. */
function isAddress(place: string): boolean {
  return place === '*' || place.includes('/') || /^[0-9]{1,3}(\.[0-9]{1,3}){3}$/.test(place)
}

/** Two of one role on one machine fail together, also where two Host objects have its address. */
function twins(
  places: readonly { readonly host: HostView; readonly what: string; readonly field: string }[],
): readonly Problem[] {
  return places.flatMap(({ host, what, field }, index) => {
    const twin = places
      .slice(0, index)
      .find((other) => other.host.name === host.name || other.host.serviceAddress === host.serviceAddress)
    if (twin === undefined) return []
    const where =
      twin.host.name === host.name ? `host ${host.name}` : `the address ${host.serviceAddress} of ${twin.host.name}`
    const message = `${field}: ${what} is on ${where}, as is ${twin.what}; give each a host of its own`
    return [problem('DuplicateMember', message, { field, host: host.name })]
  })
}
