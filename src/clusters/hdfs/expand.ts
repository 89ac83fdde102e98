import type { HdfsSpec } from '../../api/hdfs.ts'
import type { ExpandInput, Expansion } from '../../model/kind.ts'
import type { Group, Member } from '../../model/member.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { extraFilesOf } from '../../services/common/extra-files.ts'
import { representable } from '../../services/common/represent.ts'
import { softwareSource } from '../../services/common/software.ts'
import { clientGroup, clientMember, clientService } from '../../services/hdfs-client/service.ts'
import type { HdfsContext } from '../../services/hdfs-common/context.ts'
import { type Daemon, hdfsMember } from '../../services/hdfs-common/daemon.ts'
import { packageLayout } from '../../services/hdfs-common/packages.ts'
import { racksOf } from '../../services/hdfs-common/racks.ts'
import { ruleOf, rulesOf } from '../../services/hdfs-common/rules.ts'
import { noUpgrade } from '../../services/hdfs-common/upgrade.ts'
import { dataNodeDaemon, dataNodeGroupName } from '../../services/hdfs-datanode/service.ts'
import { httpFsDaemon, httpFsGroup } from '../../services/hdfs-httpfs/service.ts'
import { journalNodeDaemon, journalNodeGroup } from '../../services/hdfs-journalnode/service.ts'
import { nameNodeDaemon, nameNodeGroup, nameNodeId, nameNodeService } from '../../services/hdfs-namenode/service.ts'
import { secondaryDaemon, secondaryGroup } from '../../services/hdfs-secondarynamenode/service.ts'
import { zkfcDaemon, zkfcGroup, zkfcId } from '../../services/hdfs-zkfc/service.ts'
import { maxUnavailable, third } from '../budgets.ts'
import { collisionProblems } from '../collisions.ts'
import { hdfsCanary } from './canary.ts'
import { changeProblems } from './changes.ts'
import { conversionOf } from './conversion.ts'
import { formOf, initialisesIn, simpleIn } from './form.ts'
import { highAvailability } from './high-availability.ts'
import { type HdfsPlacement, placeHdfs } from './hosts.ts'
import { bornBy, clusterIdOf } from './identity.ts'
import { type JournalPlaces, journalPlaces, journalsChange, journalsMeanwhile } from './journal-stage.ts'
import { leavingDaemons, leavingNodes } from './leaving.ts'
import { movesMeanwhile, type NameNodePlaces, nameNodePlaces } from './moves.ts'
import { hdfsClientFiles } from './offer.ts'
import { hdfsProblems } from './problems.ts'
import { replicationOf, replicationProblems } from './replication.ts'
import { upgradeOf } from './upgrade-stage.ts'

/** Spec → members, or every reason why it cannot be, all at once. */
export function expandHdfs(asked: ExpandInput<HdfsSpec>): Expansion | { readonly problems: readonly Problem[] } {
  const form = formOf(withoutClients(asked))
  if ('problem' in form) return { problems: [form.problem] }
  const daemons = form.input
  const { hosts, object } = daemons
  const input = { ...asked, object }
  const { metadata, spec } = object
  const user = spec.serviceUser
  const placement = placeHdfs(spec, hosts)
  const names = nameNodePlaces(
    journalsChange(daemons, placement.journals) ? { ...daemons, stays: true } : daemons,
    placement.nameNodes,
  )
  const journals = journalPlaces(daemons, placement.journals, names)
  const { ha, upstream, problems: unavailable } = highAvailability(input, journals, names.told)
  const extra = extraFilesOf(spec.extraFiles, user.group, input)
  const software = softwareSource('hadoop', spec.version, spec.software, packageLayout)
  const problems: Problem[] = [
    ...hdfsProblems(spec),
    ...placement.problems,
    ...names.problems,
    ...unavailable,
    ...extra.problems,
    // On a living file system nothing is stopped for it.
    ...(daemons.standing.length > 0 ? [] : replicationProblems(spec, hosts)),
  ]
  if (software === undefined) {
    const field = 'spec.software'
    const message = `${field}: give exactly one of archive (with exactly one of sha256 and sha512) and packages`
    problems.push(problem('InvalidSpec', message, { field }))
  }
  if (software === undefined || (ha === undefined && spec.journalNodes !== undefined)) return { problems }
  const identity = clusterIdOf(daemons)
  const racks = racksOf(spec, Object.values(hosts))
  const dataNodes = placement.groups.flatMap((group) => group.hosts)
  const base: HdfsContext = {
    key: { kind: object.kind, namespace: metadata.namespace, name: metadata.name },
    spec,
    software,
    user,
    extra,
    clusterId: identity.clusterId,
    nameNodes: names.told,
    dataNodes,
    leavingNodes: leavingNodes(input, dataNodes),
    proxyHosts: placement.proxyHosts,
    ...(racks === undefined ? {} : { racks }),
    replication: replicationOf(spec),
    past: {
      born: bornBy(daemons),
      simple: simpleIn(daemons) !== undefined && form.refusals.length === 0,
      initialises: initialisesIn(daemons) ?? '',
      unseen: input.unseen,
      untold: names.untold,
      copies: names.copies === '' ? journals.copies : names.copies,
    },
    upgrade: noUpgrade,
    ...(ha === undefined ? {} : { ha }),
    ...secondaryOf(spec, placement),
  }
  const upgrade = upgradeOf(
    input,
    base,
    daemonsOf(base, placement, names).map(({ daemon }) => daemon),
  )
  const context: HdfsContext = { ...base, upgrade: upgrade.stage }
  const members: Member[] = []
  for (const { context: own, daemon } of daemonsOf(context, placement, names)) {
    const rendered = representable(`the files of ${daemon.id}`, () =>
      hdfsMember(upgrade.contextOf(own, daemon), daemon),
    )
    if ('problem' in rendered) problems.push(rendered.problem)
    else members.push(asleep(rendered.value))
  }
  for (const host of placement.clients) {
    const rendered = representable(`the files of clients on ${host.name}`, () => clientMember(context, host))
    // What they cannot hold, those of the daemons cannot hold either.
    if ('value' in rendered) members.push(rendered.value)
  }
  const conversion = form.becomes ? conversionOf(asked, context, members) : undefined
  const coming = conversion === undefined || 'refusals' in conversion ? undefined : conversion
  const all = coming?.members ?? members
  problems.push(...collisionProblems(members))
  if (problems.length > 0) return { problems }
  const leaving = leavingDaemons(input, coming?.context ?? context, all)
  const stages = [...names.later, ...journals.later, ...upgrade.comes, ...(coming?.stages ?? [])]
  return {
    members: all,
    leaving,
    takenOver: leaving.flatMap(({ member: { host, service }, successor }) =>
      successor === undefined || service !== nameNodeService ? [] : [{ member: successor, host }],
    ),
    refusals: [
      ...form.refusals,
      ...(conversion !== undefined && 'refusals' in conversion ? conversion.refusals : []),
      ...identity.problems,
      ...names.refusals,
      ...journals.refusals,
      ...upgrade.problems,
      ...(upgrade.stage.stage === 'None' ? [] : [...movesMeanwhile(names), ...journalsMeanwhile(journals)]),
      ...changeProblems(daemons, context, members, leaving),
    ],
    groups: [...groupsOf(spec, placement, names), ...(coming === undefined ? [] : [coming.group])],
    upstream: coming?.upstream ?? upstream,
    canary: hdfsCanary(context, [...members, ...leaving.map(({ member }) => member)]),
    ...hdfsClientFiles(object, names.told),
    mayNeedOff: ha?.fencing.fallback === 'Block' ? names.told.map(({ host }) => host.name) : [],
    version: spec.version,
    ...beginsOf(names, journals, members, daemons),
    ...(journals.held.length === 0 ? {} : { held: journals.held }),
    ...(stages.length === 0 ? {} : { stages }),
  }
}

/** One that must not be started yet is not started by a boot of its machine either. */
function asleep(member: Member): Member {
  return ruleOf(rulesOf(member), 'initialises') === 'true'
    ? { ...member, unit: { ...member.unit, enabled: false } }
    : member
}

/** Files of clients are no sign of a file system: they are written before it is made, and stay where nothing of it was. */
function withoutClients(input: ExpandInput<HdfsSpec>): ExpandInput<HdfsSpec> {
  return { ...input, standing: input.standing.filter(({ record }) => record['role'] !== clientService) }
}

/**
 * On whom it rests that a NameNode comes, moves or leaves, or that another list of journals is begun: on all others that stand; what is on
 * an old host may be gone with it, and what is lost does not come back.
 */
function beginsOf(
  { begins, told }: NameNodePlaces,
  journals: JournalPlaces,
  members: readonly Member[],
  { hosts, standing }: ExpandInput<HdfsSpec>,
): Pick<Expansion, 'begins'> {
  const all = members.filter(({ group }) => [journalNodeGroup, nameNodeGroup, zkfcGroup].includes(group))
  if (journals.begins || journals.copies === 'make') {
    const stands = ({ host, id }: Member): boolean =>
      hosts[host]?.lost !== true && standing.some((one) => one.host === host && one.record['member'] === id)
    return { begins: all.filter(stands).map(({ id }) => id) }
  }
  const from = told.find(({ id }) => id === begins?.id)?.host
  if (begins === undefined || from?.lost === true) return {}
  const own = [nameNodeId(begins.id), zkfcId(begins.id)]
  const others = all.filter(({ host, id }) => host !== begins.from && hosts[host]?.lost !== true && !own.includes(id))
  return { begins: others.map(({ id }) => id) }
}

function secondaryOf({ secondary }: HdfsSpec, placement: HdfsPlacement): Pick<HdfsContext, 'secondary'> {
  const [host] = placement.secondary
  return secondary === undefined || host === undefined ? {} : { secondary: { settings: secondary, host } }
}

function withoutFailover({ ha: _, ...context }: HdfsContext): HdfsContext {
  return context
}

function daemonsOf(
  context: HdfsContext,
  { gateways, groups }: HdfsPlacement,
  { now, soon }: NameNodePlaces,
): readonly { readonly context: HdfsContext; readonly daemon: Daemon }[] {
  const { ha, past, secondary, spec } = context
  const { httpFs } = spec
  // As long as its one NameNode is down nobody else is changed.
  const others =
    past.initialises === ''
      ? context
      : { ...withoutFailover(context), nameNodes: context.nameNodes.filter(({ id }) => id === past.initialises) }
  const of = (own: HdfsContext, all: readonly Daemon[]) => all.map((daemon) => ({ context: own, daemon }))
  // Who arrives knows its new place before all others do.
  const pairs = now.flatMap((place) => {
    const own = place.arrives === true ? { ...context, nameNodes: soon } : context
    return of(own, [nameNodeDaemon(own, place), ...(ha === undefined ? [] : [zkfcDaemon(own, ha, place)])])
  })
  return [
    ...of(context, ha === undefined ? [] : ha.journals.map((host) => journalNodeDaemon(context, ha, host))),
    ...pairs.filter(({ daemon }) => daemon.group === nameNodeGroup),
    ...pairs.filter(({ daemon }) => daemon.group === zkfcGroup),
    ...of(others, [
      ...groups.flatMap(({ group, field, hosts }) => hosts.map((host) => dataNodeDaemon(others, group, host, field))),
      ...(secondary === undefined ? [] : [secondaryDaemon(context, secondary.settings, secondary.host)]),
      ...(httpFs === undefined ? [] : gateways.map((host) => httpFsDaemon(others, httpFs, host))),
    ]),
  ]
}

/**
 * A NameNode without a majority of journals ends, so these come first; a failover controller is of use when a NameNode answers, and
 * a DataNode when one serves. All groups of DataNodes together may lack one copy less than a block has, as far as one each
 * allows that. Only the controllers need ZooKeeper: without it nobody takes over, and the file system serves on. A controller that is
 * on its way to another host is waited for by none: it starts when the others were restarted.
 */
function groupsOf(
  spec: HdfsSpec,
  { clients, gateways, groups, secondary }: HdfsPlacement,
  { now }: NameNodePlaces,
): readonly Group[] {
  const one = { kind: 'MaxUnavailable', count: 1 } as const
  const withoutUpstream = true as const
  const arriving = now.filter(({ arrives }) => arrives === true).length
  const share = Math.max(1, Math.floor((replicationOf(spec) - 1) / groups.length))
  const journals: Group = {
    name: journalNodeGroup,
    order: 0,
    opens: 'Majority',
    budget: { kind: 'Quorum' },
    breaker: 1,
    withoutUpstream,
  }
  const controllers: Group = { name: zkfcGroup, order: 2, budget: { ...one, count: 1 + arriving }, breaker: 1 }
  return [
    ...(spec.journalNodes === undefined ? [] : [journals]),
    { name: nameNodeGroup, order: 1, budget: one, breaker: 1, withoutUpstream },
    ...(spec.journalNodes === undefined ? [] : [controllers]),
    ...groups.map(({ group, hosts }): Group => {
      const count = Math.min(maxUnavailable(group.rollout.maxUnavailable, hosts.length), share)
      return {
        name: dataNodeGroupName(group.name),
        order: 3,
        budget: { kind: 'MaxUnavailable', count },
        breaker: third(hosts.length),
        withoutUpstream,
      }
    }),
    ...(secondary.length === 0 ? [] : [{ name: secondaryGroup, order: 4, budget: one, breaker: 1, withoutUpstream }]),
    ...(gateways.length === 0 ? [] : [{ name: httpFsGroup, order: 4, budget: one, breaker: 1, withoutUpstream }]),
    ...(clients.length === 0
      ? []
      : [{ name: clientGroup, order: 5, budget: one, breaker: clients.length, withoutUpstream }]),
  ]
}
