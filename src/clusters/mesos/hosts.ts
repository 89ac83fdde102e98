import type { MesosAgentGroup, MesosSpec } from '../../api/mesos.ts'
import type { HostView } from '../../model/kind.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { finderIn, type Hosts, inTwoGroups, type Placed } from '../hosts.ts'

export interface Placement {
  readonly masters: readonly HostView[]
  readonly groups: readonly Placed<MesosAgentGroup>[]
  readonly problems: readonly Problem[]
}

/** Which host has which role; hosts that do not exist are left out and told as problems. */
export function place({ agentGroups, masters }: MesosSpec, hosts: Hosts): Placement {
  const finder = finderIn(hosts)
  const masterHosts = finder.distinct(masters.hosts, 'spec.masters.hosts')
  const unplaced: Problem[] = []
  const groups = agentGroups.map((group, index): Placed<MesosAgentGroup> => {
    const field = `spec.agentGroups[${index}]`
    const { hosts: names, hostSelector } = group
    if (names !== undefined && hostSelector === undefined)
      return { group, field, hosts: finder.distinct(names, `${field}.hosts`) }
    if (names === undefined && hostSelector !== undefined)
      return { group, field, hosts: finder.select(hostSelector, `${field}.hostSelector`) }
    unplaced.push(problem('InvalidSpec', `${field}: give exactly one of hosts and hostSelector`, { field }))
    return { group, field, hosts: [] }
  })
  // Two agents on one machine would offer the same resources twice.
  const problems = [...finder.problems, ...unplaced, ...inTwoGroups(groups, 'an agent')]
  return { masters: masterHosts, groups, problems }
}
