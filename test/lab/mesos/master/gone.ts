import { type Reply, refusal } from '../common/http.ts'
import { info, warning } from '../common/log.ts'
import type { Task } from '../shapes.ts'
import { now, taskKey } from './cluster.ts'
import { changeFramework, count, type Master } from './context.ts'
import { shutDown } from './registration.ts'
import { gone as goneSince } from './registry-changes.ts'
import { forget } from './removal.ts'
import { countReason, masterStatus, sendMasterStatus } from './tasks.ts'

const words = 'Agent has been marked gone'
const reason = 'REASON_SLAVE_REMOVED_BY_OPERATOR'

/** MARK_AGENT_GONE: for ever (c-failures/52, 53). */
export async function markGone(master: Master, id: string): Promise<Reply> {
  const { agents, recovered, unreachable, gone } = master.cluster
  info('http.cpp:4277', `Marking agent '${id}' as gone`)
  if (gone.has(id)) {
    warning('http.cpp:4280', `Not marking agent '${id}' as gone because it has already transitioned to gone`)
    return { status: 200 }
  }
  if (!agents.has(id) && !recovered.has(id) && !unreachable.has(id)) return refusal(404, `Agent '${id}' not found`)
  if (master.busy.has(id)) return refusal(503, 'Operation already in progress')
  master.busy.add(id)
  try {
    await master.registrar.apply(goneSince(id, now()), `Failed to mark agent ${id} as gone`)
  } finally {
    master.busy.delete(id)
  }
  gone.add(id)
  recovered.delete(id)
  if (unreachable.delete(id)) endUnreachableTasks(master, id)
  const agent = agents.get(id)
  if (agent !== undefined) shutDown(master, agent.pid, words)
  forget(master, id, { state: 'TASK_GONE_BY_OPERATOR', reason, message: words })
  return { status: 200 }
}

function endUnreachableTasks(master: Master, agentId: string): void {
  for (const framework of [...master.cluster.frameworks.values()]) {
    const lost = framework.unreachableTasks.filter((task) => task.slave_id.value === agentId)
    if (lost.length === 0) continue
    const ended = lost.map((task) => endTask(master, task))
    const unreachableTasks = framework.unreachableTasks.filter((task) => !lost.includes(task))
    const keys = new Set(ended.map(taskKey))
    const before = framework.completedTasks.filter((task) => !keys.has(taskKey(task)))
    changeFramework(master, framework.id, { unreachableTasks, completedTasks: [...before, ...ended] })
  }
}

function endTask(master: Master, task: Task): Task {
  const status = masterStatus(task, 'TASK_GONE_BY_OPERATOR', reason, words)
  const named = `${task.task_id.value} of framework ${task.framework_id.value}`
  info(
    'master.cpp:11222',
    `Updating the state of task ${named} (latest state: ${status.state}, status update state: ${status.state})`,
  )
  countReason(master, status)
  count(master, 'tasks_gone_by_operator')
  sendMasterStatus(master, task.framework_id.value, status)
  return { ...task, state: status.state, statuses: [...task.statuses, status] }
}
