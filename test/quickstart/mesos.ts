// What --mesos adds: a Mesos cluster beside the others, a task that runs on it, and a leader that is killed.
import { agentIds, clusterServes, execute, leadingMaster } from '../e2e/mesos.ts'
import { exampleManifests } from '../world/manifests.ts'
import { isReady, type World } from '../world/world.ts'
import { say, sayRepairs, seconds, watchUntilReady } from './tell.ts'

export async function showMesos(world: World): Promise<void> {
  say('kubectl apply -f deploy/examples/mesos.yaml')
  await world.apply(exampleManifests('mesos', world.lab))
  await watchUntilReady(world, 'mesoscluster', 'tasks')
  await runTask(world)
  await killLeadingMaster(world)
  await runTask(world)
}

async function runTask(world: World): Promise<void> {
  const printed = await execute(world, 'quickstart', 'echo $((6 * 7))')
  const last = printed
    .split('\n')
    .filter((line) => line.includes('status update'))
    .at(-1)
  say(`mesos-execute: ${last ?? 'no status update'}`)
  if (last?.includes('TASK_FINISHED') !== true) throw new Error(`the task did not finish:\n${printed}`)
}

async function killLeadingMaster(world: World): Promise<void> {
  const [leader, ids] = [await leadingMaster(world), await agentIds(world)]
  if (leader === undefined) throw new Error('no master leads, or more than one')
  say(`kill -9 of the leading Mesos master on ${leader}`)
  const killed = Date.now()
  await world.lab.host(leader).exec('pkill -9 -x mesos-master')
  const moved = await world.until(
    'mesoscluster',
    'tasks',
    'led by another',
    (shown) => isReady(shown) && shown.status?.leader !== undefined && !shown.status.leader.endsWith(`-${leader}`),
    180_000,
  )
  if (!(await clusterServes(world, ids))) throw new Error('not every agent came back under the id that it had')
  const agents = String(Object.keys(ids).length)
  say(`${moved.status?.leader ?? '?'} leads, all ${agents} agents kept their ids, Ready again after ${seconds(killed)}`)
  sayRepairs(moved)
}
