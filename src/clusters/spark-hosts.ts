import type { SparkSpec, SparkWorkerGroup } from '../api/spark.ts'
import type { HostView } from '../model/kind.ts'
import { matchesLabels } from '../model/object.ts'
import { type Problem, problem } from '../model/reasons.ts'

type Hosts = Readonly<Record<string, HostView>>

export interface PlacedGroup {
  readonly group: SparkWorkerGroup
  /** Path of the group in the spec. */
  readonly field: string
  readonly hosts: readonly HostView[]
}

export interface Placement {
  readonly masters: readonly HostView[]
  readonly groups: readonly PlacedGroup[]
  readonly history?: HostView
  readonly problems: readonly Problem[]
}

/** Which host has which role; hosts that do not exist are left out and told as problems. */
export function place(spec: SparkSpec, hosts: Hosts): Placement {
  const { masters, workerGroups } = spec.standalone
  const problems: Problem[] = []
  const named = (name: string, field: string): readonly HostView[] => {
    const host = hosts[name]
    if (host !== undefined) return [host]
    problems.push(
      problem('HostNotFound', `${field}: there is no Host ${name}; create it, or correct the name`, { field }),
    )
    return []
  }
  const distinct = (names: readonly string[], field: string): readonly HostView[] =>
    names.flatMap((name, index) => {
      const at = `${field}[${index}]`
      if (names.indexOf(name) === index) return named(name, at)
      problems.push(problem('DuplicateMember', `${at}: Host ${name} is given twice; remove one`, { field: at }))
      return []
    })
  const masterHosts = distinct(masters.hosts, 'spec.standalone.masters.hosts')
  const groups = workerGroups.map((group, index): PlacedGroup => {
    const field = `spec.standalone.workerGroups[${index}]`
    const selected =
      group.hosts === undefined ? select(group, field, hosts, problems) : distinct(group.hosts, `${field}.hosts`)
    return { group, field, hosts: selected }
  })
  problems.push(...inTwoGroups(groups))
  const history = spec.historyServer === undefined ? [] : named(spec.historyServer.host, 'spec.historyServer.host')
  return { masters: masterHosts, groups, problems, ...(history[0] === undefined ? {} : { history: history[0] }) }
}

function select(group: SparkWorkerGroup, field: string, hosts: Hosts, problems: Problem[]): readonly HostView[] {
  const selector = group.hostSelector
  if (selector === undefined) {
    problems.push(problem('InvalidSpec', `${field}: give exactly one of hosts and hostSelector`, { field }))
    return []
  }
  const matching = Object.values(hosts)
    .filter((host) => matchesLabels(selector, host.labels) && !host.lost)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  if (matching.length === 0) {
    const labels = Object.entries(selector.matchLabels).map(([key, value]) => `${key}=${value}`)
    const at = `${field}.hostSelector`
    problems.push(
      problem(
        'NoHostMatches',
        `${at}: no Host has the labels ${labels.join(', ')}; label one, or correct the selector`,
        {
          field: at,
        },
      ),
    )
  }
  return matching
}

/** Two workers on one machine would offer the same cores and memory twice. */
function inTwoGroups(groups: readonly PlacedGroup[]): readonly Problem[] {
  return groups.flatMap(({ group, field, hosts }, index) =>
    hosts.flatMap((host) => {
      const first = groups.slice(0, index).find((other) => other.hosts.some(({ name }) => name === host.name))
      if (first === undefined) return []
      return [
        problem(
          'DuplicateMember',
          `${field} (${group.name}): Host ${host.name} already has a worker of group ${first.group.name}; keep it in one group`,
          { field, host: host.name },
        ),
      ]
    }),
  )
}
