import type { FleetFacts } from '../../model/facts.ts'
import type { Expansion } from '../../model/kind.ts'
import type { Question } from '../../model/question.ts'
import type { HdfsView } from '../../services/hdfs-common/view.ts'
import { dataDirProbes } from '../../services/hdfs-datanode/probe.ts'
import { journalProbes } from '../../services/hdfs-journalnode/probe.ts'
import { activeOnes, noToolRuns } from '../../services/hdfs-namenode/premises.ts'
import { nameDirProbes } from '../../services/hdfs-namenode/probe.ts'
import { initialising } from '../../services/hdfs-namenode/shared-edits.ts'
import { checkpointDirProbes } from '../../services/hdfs-secondarynamenode/probe.ts'
import { electionQuestions } from '../../services/hdfs-zkfc/election.ts'
import { leftWithoutZnode } from '../../services/hdfs-zkfc/health.ts'
import { asksZooKeeper } from './becoming.ts'
import { hdfsState } from './state.ts'

/**
 * What ZooKeeper holds of the election, where something depends on it, and once more what seems to be a half of a format. A session is a write in the ensemble, so on a good day,
 * when somebody is active and all failover controllers are up, nothing is asked.
 */
export function inquireHdfs(
  expansion: Expansion,
  facts: FleetFacts,
  now: number,
): Readonly<Record<string, readonly Question[]>> {
  const view = hdfsState(expansion, facts, now)
  if (view.birth.state === 'halved') return noToolRuns(view).state === 'proven' ? placesOf(view) : {}
  const { ahead } = view
  if (ahead !== undefined && asksZooKeeper(view)) {
    const ready = electionQuestions(
      ahead.names.map(({ member, rules }) => ({ host: member.host, rules })),
      facts,
    )
    return ready === undefined ? {} : { [ready.host]: ready.questions }
  }
  if (initialising(view) !== undefined) return noToolRuns(view).state === 'proven' ? placesOf(view) : {}
  if (!view.election.declared || view.upstream !== undefined || !isOpen(view)) return {}
  const asked = electionQuestions(
    view.names.map(({ member, rules }) => ({ host: member.host, rules })),
    facts,
  )
  return asked === undefined ? {} : { [asked.host]: asked.questions }
}

function isOpen(view: HdfsView): boolean {
  const { birth, names, controllers, facts, replaced } = view
  switch (birth.state) {
    case 'open':
    case 'foreign':
    case 'halved':
    case 'formatted':
      return false
    case 'unborn':
    case 'allowed':
      return true
    case 'born':
      break
  }
  const never = controllers.every(({ started }) => started !== 'yes')
  if (never || controllers.some((controller) => leftWithoutZnode(controller, facts))) return true
  const [active, second] = activeOnes(view)
  if (second !== undefined) return true
  if (active === undefined) return names.some(({ health }) => health.verdict === 'serving' || health.opens === true)
  const leading = [...controllers, ...replaced.controllers].find(({ member }) => member.host === active.member.host)
  return leading?.health.verdict !== 'serving'
}

/**
 * The hosts are not looked at in one instant: a format that ended between two looks seems to be cut off. What is seen after no tool ran
 * any more is as it stays.
 */
function placesOf({
  names,
  journals,
  dataNodes,
  secondaries,
}: HdfsView): Readonly<Record<string, readonly Question[]>> {
  const places = [
    ...names.map(({ member, rules }) => ({ host: member.host, asked: nameDirProbes(rules) })),
    ...journals.map(({ member, rules }) => ({ host: member.host, asked: journalProbes(rules) })),
    ...dataNodes.map(({ member, rules }) => ({ host: member.host, asked: dataDirProbes(rules) })),
    ...secondaries.map(({ member, rules }) => ({ host: member.host, asked: checkpointDirProbes(rules) })),
  ]
  const askedOn = (host: string) => places.flatMap((place) => (place.host === host ? place.asked : []))
  return Object.fromEntries(places.map(({ host }) => [host, askedOn(host)]))
}
