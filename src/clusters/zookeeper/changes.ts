import type { ZookeeperSpec } from '../../api/zookeeper.ts'
import type { ExpandInput, Leaving } from '../../model/kind.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { type Ensemble, ensembleText } from '../../services/zookeeper/ensemble.ts'
import { changesBy, memberId, type ServerInput, zookeeperMember } from '../../services/zookeeper/service.ts'
import { atLeast, versionParts } from '../../services/zookeeper/version.ts'
import { arrives } from './stage.ts'
import { perhapsOn } from './unseen.ts'

/** Servers that were started, or may have been, and are in no list any more, or stand on another host than the list says. */
export function leavingServers(input: ExpandInput<ZookeeperSpec>, server: ServerInput): readonly Leaving[] {
  const { hosts, standing } = input
  const perhaps = perhapsOn(input, server.peers).map(({ id, host }) => ({ host, id, seen: false }))
  const started = standing.map(({ host, record, seen }) => ({ host, id: Number(record['id']), seen }))
  return [...started, ...perhaps].flatMap(({ host, id, seen }) => {
    const view = hosts[host]
    // One that a lost host runs when it comes back has to be stopped like any other.
    if (view === undefined || (view.lost && !seen) || !Number.isInteger(id)) return []
    if (server.peers.some((peer) => peer.id === id && peer.host === host)) return []
    const own = { id, host, address: view.serviceAddress }
    const member = { ...zookeeperMember({ ...server, peers: [...server.peers, own] }, own), files: [] }
    return server.peers.some((peer) => peer.id === id)
      ? [{ member: { ...member, id: `${memberId(id)}@${host}` }, successor: memberId(id) }]
      : [{ member }]
  })
}

/** Who of the ensemble as it stands was started to be told its list while it runs, and who was not; on lost hosts: neither. */
export function toldOf(
  { hosts, standing }: ExpandInput<ZookeeperSpec>,
  stands: Ensemble,
): { readonly told: number; readonly untold: number } {
  const servers = standing.filter(
    ({ host, record }) => hosts[host]?.lost !== true && isIn(stands, host, Number(record['id'])),
  )
  const told = servers.filter(({ record }) => record[changesBy] === 'Reconfig').length
  return { told, untold: servers.length - told }
}

/** Hosts on which a server stands, by the ensemble or by its record, that the spec gives to another host. */
export function takenOver(
  { object, standing }: ExpandInput<ZookeeperSpec>,
  stage: Ensemble,
): readonly { readonly member: string; readonly host: string }[] {
  const wanted = new Map(object.spec.members.map(({ id, host }) => [id, host]))
  const places = [...stage, ...standing.map(({ host, record }) => ({ id: Number(record['id']), host }))]
  const old = places.filter(({ id, host }) => wanted.has(id) && wanted.get(id) !== host)
  const distinct = new Map(old.map(({ id, host }) => [`${id}@${host}`, { member: memberId(id), host }]))
  return [...distinct.values()]
}

function isIn(ensemble: Ensemble, host: string, id: number): boolean {
  return ensemble.some((place) => place.host === host && place.id === id)
}

/** A server of the ensemble as it stands cannot be told to the others without its Host object. */
export function stageProblems({ hosts, object }: ExpandInput<ZookeeperSpec>, stage: Ensemble): readonly Problem[] {
  return (
    stage
      // Those that the spec names are told by their field.
      .filter(({ host }) => hosts[host] === undefined && !object.spec.members.some((member) => member.host === host))
      .map(({ id, host }) =>
        problem(
          'HostNotFound',
          `server ${id} of the running ensemble is on ${host}, and there is no Host ${host}; apply it again until the server has left, with lifecycle: Lost if the machine does not come back`,
          { field: 'spec.members' },
        ),
      )
  )
}

/** First releases of each line in which servers may be added to a running ensemble by files (ZOOKEEPER-3829). */
const growsFrom = ['3.6.2', '3.7.0'] as const

/** Changes that are not made on what stands. */
export function changeProblems(
  { hosts, object, standing, unseen }: ExpandInput<ZookeeperSpec>,
  stage: Ensemble,
  { apart, stands, told }: { readonly apart: boolean; readonly stands: Ensemble; readonly told: number },
): readonly Problem[] {
  const { members, version } = object.spec
  const newest = standing
    .map(({ record }) => record['version'] ?? '')
    .filter((standingVersion) => standingVersion !== '' && !atLeast(version, minorOf(standingVersion)))
  const downgrades = newest
    .slice(0, 1)
    .map((standingVersion) =>
      problem(
        'VersionChangeUnsupported',
        `spec.version: ${version} is of an older line than ${standingVersion}, which runs and whose data it may not read: put it back`,
        { field: 'spec.version' },
      ),
    )
  const grows = standing.some(({ record }) => (record['ensemble'] ?? '') !== ensembleText(stage)) && standing.length > 0
  const sound = atLeast(version, growsFrom[1]) || (atLeast(version, growsFrom[0]) && !atLeast(version, '3.7.0'))
  const broken =
    grows && !sound
      ? [
          problem(
            'MembershipChangeUnsupported',
            `spec.members: ${version} may lose its leader's writes when its servers change (ZOOKEEPER-3829): upgrade to 3.6.2 or newer first`,
            { field: 'spec.members' },
          ),
        ]
      : []
  const back =
    apart || told === 0
      ? []
      : [
          problem(
            'MembershipChangeUnsupported',
            `spec.membershipChanges.by: ${told} of the servers run by Reconfig, and one that is restarted to know its list from its start only does not join those that have been told one: put Reconfig and superSecretRef back`,
            { field: 'spec.membershipChanges.by' },
          ),
        ]
  const nowhere = members
    .filter(({ host, id }) => hosts[host]?.lost === true && standing.length > 0 && !isIn(stands, host, id))
    .map(({ host, id }) =>
      problem(
        'MembershipChangeUnsupported',
        `spec.members: server ${id} is to begin on ${host}, whose Host has lifecycle: Lost: name another host, or take Lost off that one if its machine is back`,
        { field: 'spec.members', host },
      ),
    )
  const noWay = arrives(stage, members, (host) => hosts[host]?.lost === true, apart)
    ? []
    : [
        problem(
          'MembershipChangeUnsupported',
          `spec.members: there is no safe way from ${ensembleText(stage)} to ${ensembleText(members)}: a server that comes or moves begins without data and vote, and those that stay must be a majority of the list with it; keep two of three where they are, and change places by way of a free host`,
          { field: 'spec.members' },
        ),
      ]
  return [
    ...downgrades,
    ...broken,
    ...back,
    ...nowhere,
    ...noWay,
    ...(standing.length > 0 || unseen.length === 0 ? [] : [notNew(unseen)]),
  ]
}

/** Without a single record and with hosts out of sight, an old ensemble cannot be told from none. */
function notNew(unseen: readonly string[]): Problem {
  const message = `servers of this ensemble were on ${unseen.join(', ')}, which cannot be seen: bring one of them back, or set lifecycle: Lost on those that do not come back`
  return problem('FirstStartRefused', message)
}

function minorOf(version: string): string {
  const [major, minor] = versionParts(version)
  return `${major}.${minor}.0`
}
