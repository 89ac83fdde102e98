import { answerOn } from '../../model/facts.ts'
import type { Expansion, Repair } from '../../model/kind.ts'
import { jsonOf } from '../../services/common/http.ts'
import { act, foreignRepair, waiting } from '../../services/hdfs-common/acts.ts'
import { listOf, ruleOf, toolOf } from '../../services/hdfs-common/rules.ts'
import type { Ahead, HdfsView, JournalNodeView, NameNodeView, RoleView } from '../../services/hdfs-common/view.ts'
import { isActive, isBare, noToolRuns } from '../../services/hdfs-namenode/premises.ts'
import { namesWhole } from '../../services/hdfs-namenode/shared-edits.ts'
import { secondaryService } from '../../services/hdfs-secondarynamenode/service.ts'
import type { Change } from './decommission.ts'
import { leaderOf } from './figures.ts'
import { dataNodeHold } from './rolling.ts'

const cause = 'HdfsBecomesHighlyAvailable'

/**
 * A simple file system that is to be highly available. Its NameNode runs on as it is until everything else stands ready; then one step
 * that a person approves copies its image, stops it and writes into its record what it is from then on. What comes after that is
 * told by that record and by the disks (services/hdfs-namenode/initialising.ts). As long as something is missing there is no
 * step, so nothing on that NameNode waits for a person.
 */
export function becoming(view: HdfsView): readonly Repair[] {
  const { ahead } = view
  if (ahead === undefined || view.birth.state !== 'born') return []
  const comes = [...ahead.names, ...ahead.controllers].map(({ member }) =>
    waiting(member, cause, {
      evidence: `${member.id} stands ready on ${member.host}`,
      waits: 'the simple NameNode must write to journals first',
    }),
  )
  return [...view.names.flatMap((name) => stopped(name, view, ahead)), ...ahead.journals.flatMap(taken), ...comes]
}

/** A JournalNode is started over nothing alone. */
function taken({ data, member }: JournalNodeView): readonly Repair[] {
  const evidence = `${member.id} on ${member.host} is to hold the edits of a simple file system: ${data.detail}`
  if (data.state === 'vacant') return []
  if (data.state === 'unknown') return [waiting(member, cause, { evidence, waits: 'what it holds must be seen' })]
  return [foreignRepair(member, [data.storage], evidence, 'ConversionRefused', cause)]
}

function stopped(name: NameNodeView, view: HdfsView, ahead: Ahead): readonly Repair[] {
  const { member, rules } = name
  const identity = jsonOf(ruleOf(rules, 'becomes'))
  const tool = toolOf(rules)
  const [nameDir = ''] = listOf(rules, 'nameDirs')
  if (typeof identity !== 'object' || identity === null || tool === undefined) return []
  const outage = `${member.id} is stopped on ${member.host}, nobody can read or write until it is active again with the journals, and from then on the file system is not made simple again`
  const base = { member: member.id, cause, holdsStart: false, disruptive: true }
  const refused = whyNever(name, ahead)
  if (refused !== undefined) {
    return [{ ...base, evidence: outage, actions: [], refused, refusedAs: 'ConversionRefused' }]
  }
  const waits = whyNotYet(name, view, ahead)
  if (waits !== undefined) return [{ ...base, evidence: outage, actions: [], waits }]
  const { group, user } = tool
  return [
    {
      ...base,
      evidence: outage,
      actions: [
        act({ verb: 'CopyImage', nameDir, owner: user, group }, 'none'),
        act({ verb: 'DisableUnit', unit: member.unit.name }, 'outage'),
      ],
      becomes: Object.fromEntries(Object.entries(identity).map(([key, value]) => [key, String(value)])),
    },
  ]
}

/** What only a person can put right. */
function whyNever({ data }: NameNodeView, { election, journals, names }: Ahead): string | undefined {
  const held = [
    ...journals.flatMap(({ data: own, member }) =>
      ['vacant', 'unknown'].includes(own.state) && own.beside?.state !== 'other'
        ? []
        : [`${member.host}: ${own.beside?.detail ?? own.detail}`],
    ),
    ...names.flatMap(({ data: own, member }) =>
      ['vacant', 'unknown'].includes(own.state) ? [] : [`${member.host}: ${own.detail}`],
    ),
  ]
  if (held.length > 0) {
    return `journals and the directories of new NameNodes must be empty: ${held.join('; ')}. Move away what is there`
  }
  if (election.parent === 'yes') {
    return `${election.detail}, by which a failover controller would fence somebody: if no file system of that name runs, delete it`
  }
  return ['foreign', 'mixed'].includes(data.state) ? `its own directories do not agree: ${data.detail}` : undefined
}

/** Undefined: all is well, and everything stands ready. What is not known is not well. */
function whyNotYet(name: NameNodeView, view: HdfsView, ahead: Ahead): string | undefined {
  const { health, member, report } = name
  const leader = leaderOf(view)
  if (name.started !== 'yes' || leader !== name || !isActive(name) || health.verdict !== 'serving')
    return `${member.id} must serve: ${health.evidence}`
  if (report === undefined || report.state === 'loading' || report.upgrade !== 'none') {
    return `${member.id} must say that no rolling upgrade is under way`
  }
  const whole = namesWhole(name)
  if (whole.state !== 'proven' || report.failedDirs.length > 0) {
    return `all its directories must hold the file system: ${[whole.detail, ...report.failedDirs].join('; ')}`
  }
  const nodes = dataNodeHold(view, leader) ?? out(view.dataNodes)
  if (nodes !== undefined) return nodes
  const tools = noToolRuns({ ...view, names: [...view.names, ...ahead.names], controllers: ahead.controllers })
  if (tools.state !== 'proven') return tools.detail
  const silent = ahead.journals.filter(({ rpc }) => rpc.state !== 'alive')
  if (silent.length > 0) return `JournalNodes must serve: ${silent.map(({ health: own }) => own.evidence).join('; ')}`
  const unknown = ahead.journals.filter(({ data, started }) => data.state !== 'vacant' || started !== 'yes')
  if (unknown.length > 0) return `journals must be empty: ${unknown.map(({ data }) => data.detail).join('; ')}`
  const taken = ahead.names.filter((one) => !isBare(one) || one.started !== 'no')
  if (taken.length > 0)
    return `new NameNodes must have empty directories: ${taken.map(({ data }) => data.detail).join('; ')}`
  const unready = [...ahead.names, ...ahead.controllers].filter((role) => !standsReady(role, view))
  if (unready.length > 0)
    return `${unready.map(({ member: own }) => `${own.id} on ${own.host}`).join(', ')} must stand ready`
  if (ahead.upstream !== undefined) return ahead.upstream
  return ahead.election.parent === 'no' ? undefined : `whether ZooKeeper is free for it: ${ahead.election.detail}`
}

/** Its unit is written last of all that is prepared. */
function standsReady({ member }: RoleView, { facts }: HdfsView): boolean {
  const unit = answerOn(facts, member.host, { ask: 'unit', unit: member.unit.name })
  return unit.state === 'known' && unit.value.loadState === 'loaded' && unit.value.mainPid === 0
}

function out(roles: HdfsView['dataNodes']): string | undefined {
  const down = roles.filter(({ health }) => health.verdict !== 'serving')
  return down.length === 0 ? undefined : `these do not serve: ${down.map(({ member }) => member.id).join(', ')}`
}

/** Whether ZooKeeper has to be asked: all else may be ready. */
export function asksZooKeeper({ ahead, birth }: HdfsView): boolean {
  return (
    ahead !== undefined &&
    ahead.upstream === undefined &&
    birth.state === 'born' &&
    ahead.journals.every(({ rpc }) => rpc.state === 'alive')
  )
}

/** The secondary makes checkpoints for as long as nobody else does. */
export function checkpointing({ ahead, journals, names }: HdfsView, leaving: Expansion['leaving']): Change {
  const alone = names.filter(({ health }) => health.verdict === 'serving').length < 2
  if (ahead === undefined && (journals.length === 0 || !alone)) return {}
  const own = leaving.filter(({ member }) => member.service === secondaryService)
  return {
    otherwise: Object.fromEntries(
      own.map(({ member }) => [member.id, 'it makes the checkpoints until a NameNode stands by']),
    ),
  }
}
