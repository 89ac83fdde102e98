import type { FleetFacts } from '../../model/facts.ts'
import type { Assessment, Telling } from '../../model/health.ts'
import type { Expansion, Heard } from '../../model/kind.ts'
import type { HadoopTool } from '../../model/step.ts'
import { isTooSoon } from '../../services/hdfs-common/again.ts'
import { isAhead, rulesOf, toolOf } from '../../services/hdfs-common/rules.ts'
import { noUpgrade, type UpgradeStage, upgradeIn } from '../../services/hdfs-common/upgrade.ts'
import type { HdfsView, NameNodeView } from '../../services/hdfs-common/view.ts'
import type { RollingUpgrade } from '../../services/hdfs-namenode/answers.ts'
import { viewNameNode } from '../../services/hdfs-namenode/health.ts'
import { isActive, isGivenUp } from '../../services/hdfs-namenode/premises.ts'
import { nameNodeService } from '../../services/hdfs-namenode/service.ts'
import { hasCopy, imageCopy, tellingOf, untilActive } from './copies.ts'
import { leaderOf } from './figures.ts'
import { wholeHold } from './rolling.ts'

/**
 * The active's word; a standby hears of a beginning or an end minutes later, and counts only where nobody is active. Of an end
 * all must have heard: until then one that is restarted still has to be told that an upgrade was begun.
 */
export function hearUpgrade({ members }: Expansion, facts: FleetFacts): Heard {
  const names = members
    .filter((member) => member.service === nameNodeService && !isAhead(rulesOf(member)))
    .map((member) => viewNameNode(member, facts, 0))
  const active = names.filter(isActive)
  const words = [...new Set((active.length > 0 ? active : names).map(upgradeOf))].filter((word) => word !== 'unknown')
  const [word] = words
  if (word === undefined || words.length > 1) return {}
  return {
    upgrade:
      word === 'none' && !names.every((name) => upgradeOf(name) === 'none' || isGivenUp(name, { facts, names }))
        ? 'ended'
        : word,
  }
}

function upgradeOf({ report }: NameNodeView): RollingUpgrade {
  return report === undefined || report.state === 'loading' ? 'unknown' : report.upgrade
}

/** Of a cluster whose version changes between two lines. */
export function stageIn({ names }: Pick<HdfsView, 'names'>): UpgradeStage {
  return names[0] === undefined ? noUpgrade : upgradeIn(names[0].rules)
}

/**
 * What a rolling upgrade begins with, by the active: a copy of its image, then the order to keep another for a rollback, which a
 * standby writes and the others take over.
 */
export function beginning(view: HdfsView): Telling | undefined {
  const { from, stage, to } = stageIn(view)
  const leader = leaderOf(view)
  const tool = leader === undefined ? undefined : toolOf(leader.rules)
  if (stage !== 'Prepare' || leader === undefined || tool === undefined) return undefined
  const why = wholeHold(view, leader)
  const told = upgradeOf(leader) === 'preparing'
  const waits = told ? 'the NameNodes are writing the image to which a rollback could go back' : why
  const act = told || hasCopy(leader, view.facts, view.now) ? prepare(tool, from, to) : imageCopy(leader, tool)
  const { verb } = act.action
  // Told by its effect, which may take a moment to be seen.
  if (waits === undefined && isTooSoon(verb, leader.member, view.facts, view.now)) return undefined
  return tellingOf(leader, act.action, `${act.why} before ${to} comes in the place of ${from}`, 'none', waits)
}

function prepare(tool: HadoopTool, from: string, to: string) {
  return {
    action: { verb: 'RollUpgrade', tool, what: 'prepare', from, to },
    why: 'an image is kept for a rollback',
  } as const
}

/** By whomever it is done it goes to the active, so that a failover does not make another step of what a person has read. */
export function ending(view: HdfsView): Telling | undefined {
  const { from, stage, to } = stageIn(view)
  const leader = leaderOf(view)
  const [first] = view.names
  const tool = first === undefined ? undefined : toolOf(first.rules)
  if (stage !== 'Finalize' || leader === undefined || first === undefined || tool === undefined) return undefined
  const reason =
    from === to
      ? `all daemons run ${to}, from which the rolling upgrade was begun: it is ended, and the image for a rollback goes`
      : `all daemons run ${to}: from then on there is no way back to ${from}`
  const action = { verb: 'RollUpgrade', tool, what: 'finalize', from, to } as const
  return {
    ...tellingOf(first, action, reason, 'destructive', wholeHold(view, leader)),
    guards: [untilActive(leader)],
  }
}

/** Its part of status.hdfs. */
export function upgradeStatus(view: HdfsView): { readonly upgrade?: Readonly<Record<string, string>> } {
  const { from, stage, to } = stageIn(view)
  if (stage === 'None') return {}
  const leader = leaderOf(view)
  const word = leader === undefined ? 'unknown' : upgradeOf(leader)
  const states = {
    Prepare: word === 'preparing' ? 'Preparing' : 'NotBegun',
    Names: from === to ? 'GoingBack' : 'Rolling',
    Nodes: from === to ? 'GoingBack' : 'Rolling',
    Finalize: 'AwaitsFinalize',
    Ending: 'Ending',
    Unheard: 'Unknown',
  } as const
  return { upgrade: { state: states[stage], ...(from === '' ? {} : { from }), ...(to === '' ? {} : { to }) } }
}

/** 1 from the order to prepare on to the end; by the active alone. */
export function upgradeFigure(view: HdfsView): NonNullable<Assessment['figures']> {
  const leader = leaderOf(view)
  const word = leader === undefined ? 'unknown' : upgradeOf(leader)
  return word === 'unknown' ? {} : { ironherd_hdfs_rolling_upgrade: word === 'none' ? 0 : 1 }
}

export function upgrading(view: HdfsView): Pick<Assessment, 'tells' | 'asks'> {
  const [tells, asks] = [beginning(view), ending(view)]
  return { ...(tells === undefined ? {} : { tells }), ...(asks === undefined ? {} : { asks }) }
}
