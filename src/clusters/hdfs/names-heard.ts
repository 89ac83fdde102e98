import type { FleetFacts } from '../../model/facts.ts'
import type { Expansion, Heard } from '../../model/kind.ts'
import { isAhead, rulesOf } from '../../services/hdfs-common/rules.ts'
import { viewNameNode } from '../../services/hdfs-namenode/health.ts'
import { isActive } from '../../services/hdfs-namenode/premises.ts'
import { nameNodeService } from '../../services/hdfs-namenode/service.ts'

/** Which of the declared NameNodes is active, when one is, and no other. */
export function hearActive({ members }: Expansion, facts: FleetFacts): Heard {
  const names = members.filter((member) => member.service === nameNodeService && !isAhead(rulesOf(member)))
  const [only, second] = names.map((member) => viewNameNode(member, facts, 0)).filter(isActive)
  return only === undefined || second !== undefined ? {} : { active: only.id }
}

/** Its id; '': not exactly one. */
export function heardActive(heard: Heard): string {
  return heard['active'] ?? ''
}
