import type { FleetFacts } from '../model/facts.ts'
import type { Expansion } from '../model/kind.ts'
import type { Question } from '../model/question.ts'
import type { HdfsView } from '../services/hdfs-common/view.ts'
import { isActive } from '../services/hdfs-namenode/premises.ts'
import { electionQuestions } from '../services/hdfs-zkfc/election.ts'
import { leftWithoutZnode } from '../services/hdfs-zkfc/health.ts'
import { hdfsState } from './hdfs-state.ts'

/**
 * What ZooKeeper holds of the election, where something depends on it. A session is a write in the ensemble, so on a good day,
 * when somebody is active and all failover controllers are up, nothing is asked.
 */
export function inquireHdfs(
  expansion: Expansion,
  facts: FleetFacts,
  now: number,
): Readonly<Record<string, readonly Question[]>> {
  const view = hdfsState(expansion, facts, now)
  if (!view.election.declared || view.upstream !== undefined || !isOpen(view)) return {}
  const asked = electionQuestions(
    view.names.map(({ member, rules }) => ({ host: member.host, rules })),
    facts,
  )
  return asked === undefined ? {} : { [asked.host]: asked.questions }
}

function isOpen(view: HdfsView): boolean {
  const { birth, names, controllers, facts } = view
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
  const active = names.find(isActive)
  if (active === undefined) return names.some(({ health }) => health.verdict === 'serving' || health.opens === true)
  const leading = controllers.find(({ id }) => id === active.id)
  return leading?.health.verdict === 'stopped'
}
