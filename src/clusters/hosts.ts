import type { HostView } from '../model/kind.ts'
import type { LabelSelector } from '../model/object.ts'
import { matchesLabels } from '../model/object.ts'
import { type Problem, problem } from '../model/reasons.ts'

export type Hosts = Readonly<Record<string, HostView>>

/** Finds the hosts that a spec names or chooses; those that do not exist are left out and told as `problems`. */
export interface Finder {
  named(name: string, field: string): readonly HostView[]
  /** One member each. */
  distinct(names: readonly string[], field: string): readonly HostView[]
  /** Sorted by name, without those that are lost. */
  select(selector: LabelSelector, field: string): readonly HostView[]
  readonly problems: readonly Problem[]
}

export function finderIn(hosts: Hosts): Finder {
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
  const select = (selector: LabelSelector, field: string): readonly HostView[] => {
    const matching = Object.values(hosts)
      .filter((host) => matchesLabels(selector, host.labels) && !host.lost)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    if (matching.length > 0) return matching
    const labels = Object.entries(selector.matchLabels).map(([key, value]) => `${key}=${value}`)
    const message = `${field}: no Host has the labels ${labels.join(', ')}; label one, or correct the selector`
    problems.push(problem('NoHostMatches', message, { field }))
    return []
  }
  return { named, distinct, select, problems }
}

/** A group of workers with its hosts. */
export interface Placed<Group extends { readonly name: string }> {
  readonly group: Group
  /** Path of the group in the spec. */
  readonly field: string
  readonly hosts: readonly HostView[]
}

/** `what`: the kind of worker, e.g. a worker. */
export function inTwoGroups<Group extends { readonly name: string }>(
  groups: readonly Placed<Group>[],
  what: string,
): readonly Problem[] {
  return groups.flatMap(({ group, field, hosts }, index) =>
    hosts.flatMap((host) => {
      const first = groups.slice(0, index).find((other) => other.hosts.some(({ name }) => name === host.name))
      if (first === undefined) return []
      return [
        problem(
          'DuplicateMember',
          `${field} (${group.name}): Host ${host.name} already has ${what} of group ${first.group.name}; keep it in one group`,
          { field, host: host.name },
        ),
      ]
    }),
  )
}
