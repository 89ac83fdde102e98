import type { Json } from './calls.ts'
import { rolesOf } from './cluster.ts'
import type { Master } from './context.ts'
import { usedBy } from './holdings.ts'
import { weightsOf } from './operator-shapes.ts'
import { sum, totals } from './resources.ts'

/** `/roles`: the roles of the frameworks and those with a weight. */
export function roles(master: Master): Json {
  const weights = weightsOf(master)
  const frameworks = [...master.cluster.frameworks.values()]
  const names = new Set([...weights.keys(), ...frameworks.flatMap((framework) => rolesOf(framework.info))])
  return {
    roles: [...names].sort().map((name) => {
      const members = frameworks.filter((framework) => rolesOf(framework.info).includes(name))
      return {
        name,
        weight: weights.get(name) ?? 1,
        resources: totals(sum(members.map(({ id }) => usedBy(master, id)))),
        frameworks: members.map(({ id }) => id),
      }
    }),
  }
}
