import type { TaskState, TaskStatus } from '../shapes.ts'
import { asObject, idOf } from './calls.ts'
import { type Framework, isPartitionAware, tasksOf } from './cluster.ts'
import { count, type Master } from './context.ts'
import { masterStatus, sendMasterStatus } from './tasks.ts'

/** RECONCILE: the newest state of the tasks asked for, or of all where none is named. */
export function reconcile(master: Master, framework: Framework, asked: readonly unknown[]): undefined {
  count(master, 'messages_reconcile_tasks')
  const known = [...tasksOf(master.cluster, framework.id), ...framework.unreachableTasks]
  if (asked.length === 0) {
    for (const task of known) tell(master, framework, latest(task, task.state))
    return
  }
  for (const each of asked) {
    const taskId = idOf(asObject(each)?.task_id)
    if (taskId === undefined) continue
    const task = known.find(({ task_id: id }) => id.value === taskId)
    const status =
      task === undefined ? unknown(master, framework, taskId, idOf(asObject(each)?.agent_id)) : latest(task, task.state)
    if (status !== undefined) tell(master, framework, status)
  }
}

function latest(task: Parameters<typeof masterStatus>[0], state: TaskState): TaskStatus {
  return masterStatus(task, state, 'REASON_RECONCILIATION', 'Reconciliation: Latest task state')
}

/** Nothing while the agent may still register again and tell. */
function unknown(
  master: Master,
  framework: Framework,
  taskId: string,
  agentId: string | undefined,
): TaskStatus | undefined {
  const { agents, recovered, unreachable, gone } = master.cluster
  if (agentId === undefined ? recovered.size > 0 : recovered.has(agentId)) return undefined
  const task = { task_id: { value: taskId }, slave_id: { value: agentId ?? '' } }
  const status = (state: TaskState, words: string): TaskStatus => {
    const told = isPartitionAware(framework) ? state : 'TASK_LOST'
    const given = masterStatus(task, told, 'REASON_RECONCILIATION', `Reconciliation: ${words}`)
    if (agentId !== undefined) return given
    const { slave_id: _none, ...rest } = given
    return rest
  }
  if (agentId !== undefined && agents.has(agentId)) return status('TASK_GONE', 'Task is unknown to the agent')
  if (agentId !== undefined && unreachable.has(agentId)) return status('TASK_UNREACHABLE', 'Task is unreachable')
  if (agentId !== undefined && gone.has(agentId)) return status('TASK_GONE_BY_OPERATOR', 'Task is gone')
  return status('TASK_UNKNOWN', 'Task is unknown')
}

function tell(master: Master, framework: Framework, status: TaskStatus): void {
  sendMasterStatus(master, framework.id, status)
}
