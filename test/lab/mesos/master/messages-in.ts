import { info } from '../common/log.ts'
import type { Pid } from '../common/pid.ts'
import type {
  ExitedExecutor,
  RegisterSlave,
  ReregisterSlave,
  StatusUpdate,
  UnregisterSlave,
  UpdateSlave,
} from '../messages.ts'
import { executorExited, unregisterAgent } from './agent-loss.ts'
import { describe } from './cluster.ts'
import { count, type Master } from './context.ts'
import { drop, isReady, registerAgent } from './registration.ts'
import { reregisterAgent } from './reregistration.ts'
import { statusUpdate } from './tasks.ts'

/** The messages that agents send (../messages.ts). */
export function receiveMessages(master: Master): void {
  const on = <Body>(name: string, handler: (from: Pid, body: Body) => void): void =>
    // The sender is a program of this folder: its messages have the shapes of ../messages.ts.
    master.process.receive('master', `mesos.internal.${name}`, (from, body) => handler(from, body as Body))
  on('RegisterSlaveMessage', (from, body: RegisterSlave) => void registerAgent(master, from, body))
  on('ReregisterSlaveMessage', (from, body: ReregisterSlave) => void reregisterAgent(master, from, body))
  on('UnregisterSlaveMessage', (from, body: UnregisterSlave) => void unregisterAgent(master, from, body))
  on('UpdateSlaveMessage', (from, body: UpdateSlave) => updateAgent(master, from, body))
  on('StatusUpdateMessage', (from, body: StatusUpdate) => {
    if (isReady(master)) statusUpdate(master, body)
    else drop(master, 'StatusUpdateMessage', from)
  })
  on('ExitedExecutorMessage', (from, body: ExitedExecutor) => {
    if (isReady(master)) executorExited(master, body)
    else drop(master, 'ExitedExecutorMessage', from)
  })
}

/** Agents of the lab have no resource providers and nothing to oversubscribe: nothing ever changes. */
function updateAgent(master: Master, from: Pid, { slave_id: id }: UpdateSlave): void {
  count(master, 'messages_update_slave')
  if (!isReady(master)) return drop(master, 'UpdateSlaveMessage', from)
  const agent = master.cluster.agents.get(id.value)
  if (agent === undefined) return
  info('master.cpp:7689', `Ignoring update on agent ${describe(agent)} as it reports no changes`)
}
