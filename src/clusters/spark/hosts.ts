import type { SparkSpec, SparkWorkerGroup } from '../../api/spark.ts'
import type { HostView } from '../../model/kind.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { finderIn, type Hosts, inTwoGroups, type Placed } from '../hosts.ts'

type PlacedGroup = Placed<SparkWorkerGroup>

export interface Placement {
  readonly masters: readonly HostView[]
  readonly groups: readonly PlacedGroup[]
  readonly history?: HostView
  readonly problems: readonly Problem[]
}

/** Which host has which role; hosts that do not exist are left out and told as problems. */
export function place(spec: SparkSpec, hosts: Hosts): Placement {
  const { masters, workerGroups } = spec.standalone
  const finder = finderIn(hosts)
  const masterHosts = finder.distinct(masters.hosts, 'spec.standalone.masters.hosts')
  const unplaced: Problem[] = []
  const groups = workerGroups.map((group, index): PlacedGroup => {
    const field = `spec.standalone.workerGroups[${index}]`
    const { hosts: names, hostSelector } = group
    if (names !== undefined) return { group, field, hosts: finder.distinct(names, `${field}.hosts`) }
    if (hostSelector !== undefined) return { group, field, hosts: finder.select(hostSelector, `${field}.hostSelector`) }
    unplaced.push(problem('InvalidSpec', `${field}: give exactly one of hosts and hostSelector`, { field }))
    return { group, field, hosts: [] }
  })
  const [history] =
    spec.historyServer === undefined ? [] : finder.named(spec.historyServer.host, 'spec.historyServer.host')
  // Two workers on one machine would offer the same cores and memory twice.
  const problems = [...finder.problems, ...unplaced, ...inTwoGroups(groups, 'a worker')]
  return { masters: masterHosts, groups, problems, ...(history === undefined ? {} : { history }) }
}
