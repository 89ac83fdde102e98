import type { MesosSpec } from '../../api/mesos.ts'
import type { ExpandInput, Expansion } from '../../model/kind.ts'
import type { Group, Member } from '../../model/member.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { extraFilesOf } from '../../services/common/extra-files.ts'
import { representable } from '../../services/common/represent.ts'
import { softwareSource } from '../../services/common/software.ts'
import { agentDaemon, agentGroupName, agentId } from '../../services/mesos-agent/service.ts'
import type { MesosContext } from '../../services/mesos-common/context.ts'
import { type Daemon, mesosMember } from '../../services/mesos-common/daemon.ts'
import { masterDaemon, masterGroup } from '../../services/mesos-master/service.ts'
import { maxUnavailable, third } from '../budgets.ts'
import { collisionProblems } from '../collisions.ts'
import { type Placement, place } from './hosts.ts'
import { leavingProblems, pastOf } from './past.ts'
import { specProblems } from './problems.ts'

/** Spec → members, or every reason why it cannot be, all at once. */
export function expandMesos(input: ExpandInput<MesosSpec>): Expansion | { readonly problems: readonly Problem[] } {
  const { metadata, spec } = input.object
  const placement = place(spec, input.hosts)
  const zookeeper = resolveZookeeper(input)
  const extra = extraFilesOf(spec.extraFiles, spec.masters.serviceUser.group, input)
  const software = softwareSource('mesos', spec.version, spec.software, { maskUnits: [], path: '' })
  const problems: Problem[] = [
    ...specProblems(spec, placement),
    ...placement.problems,
    ...('problem' in zookeeper ? [zookeeper.problem] : []),
    ...extra.problems,
  ]
  if (software === undefined) {
    const field = 'spec.software.archive'
    problems.push(problem('InvalidSpec', `${field}: give exactly one of sha256 and sha512`, { field }))
  }
  if ('problem' in zookeeper || software === undefined) return { problems }
  const past = pastOf(input)
  const context: MesosContext = {
    key: { kind: input.object.kind, namespace: metadata.namespace, name: metadata.name },
    spec,
    software,
    extra,
    zookeeper: { connect: zookeeper.connect, path: spec.zookeeperPath },
    masters: placement.masters,
    agents: placement.groups.reduce((sum, { hosts }) => sum + hosts.length, 0),
    formed: past.formed,
    isNew: past.isNew,
    voters: past.voters ?? placement.masters.length,
  }
  const daemons = daemonsOf(context, placement, input)
  const members: Member[] = []
  for (const daemon of daemons) {
    const rendered = representable(`the files of ${daemon.id}`, () => mesosMember(context, daemon))
    if ('problem' in rendered) problems.push(rendered.problem)
    else members.push(rendered.value)
  }
  problems.push(...collisionProblems(members))
  if (problems.length > 0) return { problems }
  const declared = daemons.map(({ host, id }) => ({ id, host: host.name }))
  return {
    members,
    leaving: [],
    refusals: leavingProblems(input, declared, past.formed),
    groups: groupsOf(placement),
    upstream: zookeeper.upstream,
    version: spec.version,
  }
}

type Resolved = { readonly connect: string; readonly upstream: Expansion['upstream'] } | { readonly problem: Problem }

/** Nobody here can say whether a foreign ensemble serves: the masters will. */
function resolveZookeeper({ object, offers }: Pick<ExpandInput<MesosSpec>, 'object' | 'offers'>): Resolved {
  const { zookeeperConnect = '', zookeeperRef } = object.spec
  if (zookeeperRef === undefined) return { connect: zookeeperConnect, upstream: [] }
  const name = `ZookeeperCluster/${zookeeperRef.name}`
  const offer = offers[name]
  if (offer !== undefined) {
    return { connect: offer.connect, upstream: [{ name, available: offer.available, why: offer.why }] }
  }
  const field = 'spec.zookeeperRef'
  const message = `${field}: there is no ${name} in the namespace; create it, or correct the name`
  return { problem: problem('ReferenceNotFound', message, { field }) }
}

/** zk://host:port,…/path by its spec alone; undefined: it names an ensemble that does not exist. */
export function connectOf(input: Pick<ExpandInput<MesosSpec>, 'object' | 'offers'>): string | undefined {
  const zookeeper = resolveZookeeper(input)
  return 'problem' in zookeeper ? undefined : `zk://${zookeeper.connect}${input.object.spec.zookeeperPath}`
}

function daemonsOf(
  context: MesosContext,
  { groups, masters }: Placement,
  { standing }: ExpandInput<MesosSpec>,
): readonly Daemon[] {
  return [
    ...masters.map((host) => masterDaemon(context, host)),
    ...groups.flatMap(({ group, field, hosts }) =>
      hosts.map((host) => {
        const stands = standing.find((one) => one.host === host.name && one.record['member'] === agentId(host.name))
        return agentDaemon(context, group, host, field, stands?.record)
      }),
    ),
  ]
}

/**
 * All of one order: an agent that is down is started whether a master serves or not, and without ZooKeeper, since its executors end themselves
 * when it does not come back (--recovery_timeout, runbook §2.2). That masters are restarted first is told by holds.
 */
function groupsOf({ groups }: Placement): readonly Group[] {
  return [
    { name: masterGroup, order: 0, budget: { kind: 'Quorum' }, breaker: 1 },
    ...groups.map(
      ({ group, hosts }): Group => ({
        name: agentGroupName(group.name),
        order: 0,
        budget: { kind: 'MaxUnavailable', count: maxUnavailable(group.rollout.maxUnavailable, hosts.length) },
        withoutUpstream: true,
        breaker: third(hosts.length),
      }),
    ),
  ]
}
