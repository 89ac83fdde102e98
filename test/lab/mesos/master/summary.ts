import type { Task, TaskState } from '../shapes.ts'
import { tasksOf } from './cluster.ts'
import type { Master } from './context.ts'
import { frameworkHead } from './framework-state.ts'
import { slave } from './state.ts'

/** The states that `/state-summary` counts, in its order (a-http/leader-GET-state_summary.txt). */
const counted: readonly TaskState[] = [
  'TASK_STAGING',
  'TASK_STARTING',
  'TASK_RUNNING',
  'TASK_KILLING',
  'TASK_FINISHED',
  'TASK_KILLED',
  'TASK_FAILED',
  'TASK_LOST',
  'TASK_ERROR',
  'TASK_UNREACHABLE',
]

export function summary(master: Master): Readonly<Record<string, unknown>> {
  const { agents, frameworks } = master.cluster
  const past = [...frameworks.values()].flatMap((each) => [...each.completedTasks, ...each.unreachableTasks])
  const cluster = master.flags.text('cluster')
  return {
    hostname: master.info.hostname,
    ...(cluster === undefined ? {} : { cluster }),
    slaves: [...agents.values()].map((agent) => {
      const tasks = [...agent.tasks.values(), ...past.filter((task) => task.slave_id.value === agent.id)]
      return {
        ...slave(master, agent),
        ...byState(tasks),
        framework_ids: unique(
          tasks.map((task) => task.framework_id.value),
          (id) => frameworks.has(id),
        ),
      }
    }),
    frameworks: [...frameworks.values()].map((framework) => {
      const tasks = [
        ...tasksOf(master.cluster, framework.id),
        ...framework.completedTasks,
        ...framework.unreachableTasks,
      ]
      return {
        ...frameworkHead(master, framework),
        ...byState(tasks),
        slave_ids: unique(
          tasks.map((task) => task.slave_id.value),
          (id) => agents.has(id),
        ),
      }
    }),
  }
}

function byState(tasks: readonly Task[]): Readonly<Record<string, number>> {
  return Object.fromEntries(counted.map((state) => [state, tasks.filter((task) => task.state === state).length]))
}

function unique(ids: readonly string[], present: (id: string) => boolean): readonly string[] {
  return [...new Set(ids)].filter(present)
}
