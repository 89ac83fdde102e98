import type { FleetFacts } from '../../model/facts.ts'
import type { Expansion } from '../../model/kind.ts'
import { arrives, isAhead, rulesOf } from '../../services/hdfs-common/rules.ts'
import type { HdfsView } from '../../services/hdfs-common/view.ts'
import { dataNodeHealth, viewDataNode } from '../../services/hdfs-datanode/health.ts'
import { httpFsHealth } from '../../services/hdfs-httpfs/health.ts'
import { journalNodeHealth, viewJournalNode } from '../../services/hdfs-journalnode/health.ts'
import { birthOf } from '../../services/hdfs-namenode/birth.ts'
import { viewNameNode } from '../../services/hdfs-namenode/health.ts'
import { isActive } from '../../services/hdfs-namenode/premises.ts'
import { initialises } from '../../services/hdfs-namenode/shared-edits.ts'
import { viewSecondary } from '../../services/hdfs-secondarynamenode/health.ts'
import { viewElection } from '../../services/hdfs-zkfc/election.ts'
import { viewController } from '../../services/hdfs-zkfc/health.ts'

/** How every daemon of the cluster is, what its disks hold, and how far it has come: all else is chosen from it. */
export function hdfsState(expansion: Expansion, facts: FleetFacts, now: number): HdfsView {
  const all = (service: string) => expansion.members.filter((member) => member.service === service)
  const of = (service: string) => all(service).filter((member) => !isAhead(rulesOf(member)))
  const ahead = (service: string) => all(service).filter((member) => isAhead(rulesOf(member)))
  const leaving = (service: string) =>
    expansion.leaving.flatMap(({ member }) => (member.service === service ? [member] : []))
  const old = {
    names: leaving('hdfs-namenode').map((member) => viewNameNode(member, facts, now)),
    controllers: leaving('hdfs-zkfc').map((member) => viewController(member, facts, now)),
  }
  const names = of('hdfs-namenode').map((member) => viewNameNode(member, facts, now))
  const controllers = of('hdfs-zkfc').map((member) => viewController(member, facts, now))
  const looks = of('hdfs-journalnode').map((member) => viewJournalNode(member, facts))
  const nodes = of('hdfs-datanode').map((member) => viewDataNode(member, facts))
  const secondaries = of('hdfs-secondarynamenode').map((member) => viewSecondary(member, facts, now))
  const birth = birthOf({ names, journals: looks, controllers, dataNodes: nodes, secondaries, facts })
  const missing = expansion.upstream.find(({ available }) => !available)
  const upstream = missing === undefined ? undefined : `${missing.name}: ${missing.why}`
  const coming = ahead('hdfs-namenode').map((member) => viewNameNode(member, facts, now))
  const kept = birth.state === 'born' && !names.some(initialises)
  // Nobody is to hear of a DataNode that does not know it yet.
  const known = names.filter(({ rules }) => !arrives(rules))
  const askers = names.map(({ member, rules }) => ({ host: member.host, rules }))
  return {
    names,
    controllers,
    journals: looks.map((look) => ({ ...look, health: journalNodeHealth(look, facts, now, kept) })),
    dataNodes: nodes.map((node) => ({ ...node, health: dataNodeHealth(node, known, facts, now) })),
    secondaries,
    gateways: of('hdfs-httpfs').map((member) => ({
      member,
      health: httpFsHealth(member, facts, [...names, ...old.names].some(isActive), now),
    })),
    replaced: old,
    birth,
    election: viewElection(askers, facts),
    ...(coming.length === 0
      ? { upstream }
      : {
          upstream: undefined,
          ahead: {
            names: coming,
            journals: ahead('hdfs-journalnode')
              .map((member) => viewJournalNode(member, facts))
              .map((look) => ({ ...look, health: journalNodeHealth(look, facts, now, false) })),
            controllers: ahead('hdfs-zkfc').map((member) => viewController(member, facts, now)),
            election: viewElection(
              coming.map(({ member, rules }) => ({ host: member.host, rules })),
              facts,
            ),
            upstream,
          },
        }),
    facts,
    now,
  }
}
