import type { Resource } from '../shapes.ts'
import { tasksOf } from './cluster.ts'
import type { Master } from './context.ts'
import { sum, withRole } from './resources.ts'
import { isDone } from './tasks.ts'

/** What the tasks and executors of a framework hold, on all agents together. */
export function usedBy(master: Master, frameworkId: string): readonly Resource[] {
  const tasks = tasksOf(master.cluster, frameworkId).filter((task) => !isDone(task.state))
  const executors = [...master.cluster.agents.values()].flatMap((agent) =>
    agent.executors.filter((executor) => executor.framework_id?.value === frameworkId),
  )
  const lists = [...tasks.map((task) => task.resources), ...executors.map((executor) => executor.resources ?? [])]
  return sum(lists.map(withRole))
}

export function offeredTo(master: Master, frameworkId: string): readonly Resource[] {
  const offers = [...master.cluster.offers.values()].filter((offer) => offer.frameworkId === frameworkId)
  return sum(offers.map((offer) => offer.resources))
}
