import { answerOn, type FleetFacts } from '../../model/facts.ts'
import type { Assessment, Health, Verdict } from '../../model/health.ts'
import type { Expansion } from '../../model/kind.ts'
import type { Member } from '../../model/member.ts'
import { clientHealth } from '../../services/hdfs-client/health.ts'
import { clientService } from '../../services/hdfs-client/service.ts'
import { jarQuestions } from '../../services/hdfs-common/questions.ts'
import { ruleOf, rulesOf } from '../../services/hdfs-common/rules.ts'
import type { HdfsView, NameNodeView } from '../../services/hdfs-common/view.ts'
import { unusedDirs } from '../../services/hdfs-datanode/data.ts'
import { journalsLost } from '../../services/hdfs-journalnode/repairs.ts'
import { standbyMissed } from '../../services/hdfs-namenode/checkpoint.ts'
import { lagOf } from '../../services/hdfs-namenode/journal-premises.ts'
import { isInStep } from '../../services/hdfs-namenode/journal-status.ts'
import { activeOnes } from '../../services/hdfs-namenode/premises.ts'
import { namesLost } from '../../services/hdfs-namenode/repairs.ts'
import { initialising } from '../../services/hdfs-namenode/shared-edits.ts'
import { checkpointMissed, copiesText } from '../../services/hdfs-secondarynamenode/checkpoint.ts'
import { balanceStatus, balancing } from './balance.ts'
import { checkpointing } from './becoming.ts'
import { copying } from './copies.ts'
import { type Change, decommissioning } from './decommission.ts'
import { figuresOf, lagsOf, leaderOf, statusOf } from './figures.ts'
import { journalQuorum, writtenQuorum } from './journals.ts'
import { replacing } from './replacing.ts'
import { handoversOf, holdsOf } from './rolling.ts'
import { hdfsState } from './state.ts'
import { stageIn, upgradeFigure, upgradeStatus, upgrading } from './upgrade.ts'

export function assessHdfs(expansion: Expansion, facts: FleetFacts, now: number): Assessment {
  const view = hdfsState(expansion, facts, now)
  const { replaced } = view
  const all = [
    ...[...view.names, ...view.journals, ...view.controllers, ...view.dataNodes],
    ...[...view.secondaries, ...view.gateways, ...replaced.names, ...replaced.controllers],
    ...(view.ahead === undefined ? [] : [...view.ahead.names, ...view.ahead.journals, ...view.ahead.controllers]),
  ]
  const leader = leaderOf(view)
  return {
    health: Object.fromEntries([
      ...all.map(({ member, health }) => [member.id, health] as const),
      ...clientsOf(expansion).map((member) => [member.id, clientHealth(member, facts)] as const),
    ]),
    available: availability(view, leader),
    shortfalls: [...shortfallsOf(view, leader), ...jarShortfalls(expansion, facts)],
    ...(leader === undefined ? {} : { leader: leader.member.id }),
    ...(view.journals.length === 0 ? {} : { quorum: journalQuorum(view, leader) }),
    handovers: handoversOf(view),
    holds: holdsOf(view),
    ...balancing(view),
    ...copying(view),
    ...upgrading(view),
    // Who comes, moves or leaves is told first.
    ...together(
      together(replacing(view), decommissioning(view, expansion.leaving)),
      checkpointing(view, expansion.leaving),
    ),
    own: { hdfs: { ...statusOf(view), ...upgradeStatus(view), ...balanceStatus(view) } },
    figures: { ...figuresOf(view), ...upgradeFigure(view) },
  }
}

/** One thing is told at a time. */
function together(a: Change, b: Change): Change {
  return {
    ...b,
    ...a,
    otherwise: { ...a.otherwise, ...b.otherwise },
    released: [...(a.released ?? []), ...(b.released ?? [])],
  }
}

function clientsOf({ members }: Expansion): readonly Member[] {
  return members.filter(({ service }) => service === clientService)
}

/** The class path of Java is silent about what is not there. */
function jarShortfalls({ members }: Expansion, facts: FleetFacts): readonly string[] {
  const missing = members.flatMap((member) =>
    jarQuestions(rulesOf(member))
      .filter((question) => answerOn(facts, member.host, question).state === 'absent')
      .map(({ path }) => `${path} (spec.extraJars) is not on ${member.host}`),
  )
  return [...new Set(missing)]
}

/** Can files be written and read now? */
function availability(view: HdfsView, leader: NameNodeView | undefined): Verdict {
  const no = (reason: Verdict['reason'], message: string): Verdict => ({ ok: false, reason, message })
  const { journals, dataNodes, birth } = view
  if (birth.state !== 'born') return no('MembersNotServing', `there is no file system yet: ${birth.detail}`)
  const active = activeOnes(view)
  if (active.length > 1) {
    return no('TwoLeaders', `${idsOf(active)} say that they are active; the journals let only one of them write`)
  }
  if (leader === undefined) return noLeader(view)
  if (leader.health.verdict === 'waiting') return no('SafeModeOn', `${leader.member.id}: ${leader.health.evidence}`)
  const quorum = writtenQuorum(view, leader)
  if (journals.length > 0 && quorum.margin < 0) {
    return no('NoQuorum', `${quorum.serving} of ${quorum.voters} journals are in step, ${quorum.majority} are needed`)
  }
  const live = dataNodes.filter(({ health }) => health.verdict === 'serving').length
  const counts = `${live} of ${dataNodes.length} DataNodes report to ${leader.member.id}, which is active`
  if (live === 0) return no('MembersNotServing', counts)
  return { ok: true, reason: 'LeaderServing', message: counts }
}

function noLeader(view: HdfsView): Verdict {
  const { names, upstream } = view
  const said = names.map(({ member, health }) => `${member.id}: ${health.evidence}`).join('; ')
  const no = (reason: Verdict['reason'], message: string): Verdict => ({
    ok: false,
    reason,
    message: `${message}: ${said}`,
  })
  const fills = initialising(view)
  if (fills !== undefined) {
    return no('NoLeader', `${fills.member.id} is made one of several, and started when the journals hold its edits`)
  }
  if (namesLost(view)) {
    const copies = copiesText(view)
    return no('DataLost', `no NameNode has the file system any more${copies === '' ? '' : `; ${copies}`}`)
  }
  if (journalsLost(view)) return no('DataLost', 'no majority of the journals holds anything any more')
  if (upstream !== undefined) return no('UpstreamNotReady', `no NameNode is active, since ${upstream}`)
  const quorum = writtenQuorum(view, undefined)
  if (view.journals.length > 0 && quorum.margin < 0) {
    return no(
      'NoQuorum',
      `${quorum.serving} of ${quorum.voters} journals serve, ${quorum.majority} are needed, and no NameNode is active`,
    )
  }
  // Not asked on a good day, and before the failover controllers were ever started.
  if (view.election.lock !== 'yes') return no('NoLeader', 'no NameNode is active')
  const fencing = 'a failover controller holds the lock, and its NameNode is not active yet'
  return no('NoLeader', `${fencing}: if that lasts, it could not fence the one before, and its log says why`)
}

function shortfallsOf(view: HdfsView, leader: NameNodeView | undefined): readonly string[] {
  return [
    ...blockShortfalls(leader),
    ...journalShortfalls(view, leader),
    ...controllerShortfalls(view, leader),
    ...dirShortfalls(view),
    ...volumeShortfalls(view),
    ...rackShortfalls(view, leader),
    ...view.secondaries.flatMap((own) => checkpointMissed(own, view.names[0], view) ?? []),
    ...view.names.flatMap((own) => standbyMissed(own, view) ?? []),
    ...versionShortfalls(view),
    ...upgradeShortfalls(view),
  ]
}

function blockShortfalls(leader: NameNodeView | undefined): readonly string[] {
  const { missing, corrupt, lowRedundancy } = leader?.system ?? {}
  const say = (count: number | undefined, what: string): readonly string[] =>
    count === undefined || count === 0 ? [] : [`${count} blocks ${what}, by ${leader?.member.id}`]
  return [
    ...say(missing, 'are missing'),
    ...say(corrupt, 'are corrupt'),
    ...say(lowRedundancy, 'have fewer copies than they should'),
  ]
}

function journalShortfalls(view: HdfsView, leader: NameNodeView | undefined): readonly string[] {
  const lags = lagsOf(leader)
  if (lags === undefined) return []
  return view.journals.flatMap((journal) => {
    const lag = lagOf(journal, view.journals, lags)
    if (lag === undefined || isInStep(lag)) return []
    const how = lag.outOfSync
      ? 'gets nothing before the next segment'
      : lag.neverWritten
        ? 'was never written to'
        : `is ${lag.behindMs} ms behind`
    return [`${journal.member.id} ${how}, by ${leader?.member.id}`]
  })
}

/** A failover needs the controller of whoever takes over, and nobody says so before it is needed. */
function controllerShortfalls({ controllers }: HdfsView, leader: NameNodeView | undefined): readonly string[] {
  if (leader === undefined || controllers.length < 2) return []
  const others = controllers.filter(({ id, health }) => id !== leader.id && health.verdict === 'serving')
  return others.length > 0
    ? []
    : ['nobody could take over: no failover controller but that of the active NameNode works']
}

function dirShortfalls({ names }: HdfsView): readonly string[] {
  return names.flatMap(({ member, data, report }) => {
    const failed = report === undefined || report.state === 'loading' ? [] : report.failedDirs
    const empty = data.state === 'whole' ? data.dirs.filter(({ image, state }) => !image && state !== 'unknown') : []
    const paths = empty.map(({ path }) => path).filter((path) => !failed.includes(path))
    // As the active it would take no writes, and its controller hands over to one that has room (HealthMonitor).
    const full = data.dirs.filter(({ state, writable }) => state === 'versioned' && !writable)
    return [
      ...failed.map((path) => `${member.id} has given ${path} up, and goes on without it`),
      ...paths.map((path) => `${member.id} has no image in ${path} yet`),
      ...full.map(({ path }) => `${member.id} has no room in ${path}, or may not write there: it could not lead`),
    ]
  })
}

/** It keeps what it found for an address once, also when that was a client's and its Host had no failure domain yet. */
function rackShortfalls({ dataNodes }: HdfsView, leader: NameNodeView | undefined): readonly string[] {
  const report = leader?.report
  if (leader === undefined || report === undefined || report.state === 'loading') return []
  return dataNodes.flatMap(({ member, rules }) => {
    const rack = report.live[`${ruleOf(rules, 'address')}:${ruleOf(rules, 'httpPort')}`]?.rack ?? ''
    const declared = ruleOf(rules, 'rack')
    if (rack === '' || declared === '' || rack === declared) return []
    return [
      `${member.id} is in ${declared}, and in ${rack} by ${leader.member.id}, which asks again when it is restarted`,
    ]
  })
}

/** While its turn has not come in a rolling upgrade, a daemon is to run what it was started with. */
function volumeShortfalls({ dataNodes }: HdfsView): readonly string[] {
  return dataNodes.flatMap((node) =>
    unusedDirs(node).map(
      (path) => `${node.member.id} does without ${path}: its disk has failed, or was not there when it started`,
    ),
  )
}

function versionShortfalls(view: HdfsView): readonly string[] {
  const { dataNodes, names, secondaries } = view
  const remedy = stageIn(view).stage === 'None' ? ': correct spec.version or spec.software' : ' when its turn comes'
  const says = [
    ...names.map(({ member, report }) => ({
      member,
      version: report === undefined || report.state === 'loading' ? '' : report.version,
    })),
    ...[...dataNodes, ...secondaries].map(({ member, report }) => ({ member, version: report?.version ?? '' })),
  ]
  return says.flatMap(({ member, version }) => {
    const own = releaseIn(version)
    const wanted = releaseIn(member.identity['version'] ?? '')
    return own === '' || own === wanted ? [] : [`${member.id} runs ${version}, declared is ${wanted}${remedy}`]
  })
}

function releaseIn(version: string): string {
  return /^\d+\.\d+\.\d+/.exec(version)?.[0] ?? ''
}

/** A change that was begun, or is to begin, and of which nobody can say how far it is. */
function upgradeShortfalls(view: HdfsView): readonly string[] {
  const { stage, to } = stageIn(view)
  return stage === 'Unheard'
    ? [`no NameNode says how far the rolling upgrade to ${to || 'another version'} is: all stay as they are`]
    : []
}

function idsOf(views: readonly { readonly member: Member; readonly health: Health }[]): string {
  return views.map(({ member }) => member.id).join(' and ')
}
