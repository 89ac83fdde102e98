// Mesos on six real hosts, by the lab's stand-ins: from bare machines to tasks that run, then through what breaks.
import { appendFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exampleManifests } from '../world/manifests.ts'
import { startWorld, type World } from '../world/world.ts'
import { type Fault, type FaultResult, resultRow, runFault } from './fault.ts'
import { agentHosts, agentIds, clusterServes, execute, startTask } from './mesos.ts'
import * as faults from './mesos-faults.ts'
import { staysSettled } from './scenarios.ts'

let world: World

const clusters = [
  ['zookeepercluster', 'zk'],
  ['mesoscluster', 'tasks'],
] as const

function note(line: string): void {
  console.log(line)
  appendFileSync(`${world.lab.dir}/notes.md`, `${line}\n`)
}

async function mended(fault: Fault): Promise<FaultResult> {
  const ids = await agentIds(world)
  const result = await runFault(world, fault, { limitMs: 300_000, clusters })
  note(resultRow(result))
  expect(result.collateral, 'units that ironherd changed though nobody harmed them').toEqual([])
  expect(await agentIds(world), 'agents keep their ids').toEqual(ids)
  return result
}

beforeAll(async () => {
  world = await startWorld({ lab: { hosts: 6 }, log: console.log })
})

afterAll(async () => {
  await (world as World | undefined)?.down()
})

describe('a Mesos cluster on six hosts', () => {
  it('is made of bare hosts in one apply', async () => {
    const began = Date.now()
    await world.apply([...exampleManifests('zookeeper', world.lab), ...exampleManifests('mesos', world.lab)])
    await world.untilReady('mesoscluster', 'tasks', 300_000)
    note(`Mesos Ready after ${String((Date.now() - began) / 1000)} s`)
    const ids = await agentIds(world)
    expect(Object.keys(ids)).toEqual(agentHosts)
    expect(await clusterServes(world, ids)).toBe(true)
  })

  it('runs a task', async () => {
    const printed = await execute(world, 'hello', 'echo hello')
    expect(printed).toContain('Received status update TASK_FINISHED')
  })

  it('is left alone by twenty further passes', async () => {
    const settled = await staysSettled(world, 20)
    note(`settled: ${JSON.stringify(settled)}`)
    expect([settled.changedFiles, settled.changedUnits, settled.suspicious]).toEqual([[], [], []])
  })

  it('has another leader, and the killed one back', async () => void (await mended(faults.masterKilled)))
  it('starts a master that was stopped', async () => void (await mended(faults.masterStopped)))
  it('lets a wiped registry be filled by the others', async () => void (await mended(faults.registryWiped)))
  it('puts a damaged registry aside and lets it be filled', async () => void (await mended(faults.registryDamaged)))
  it('comes back when all masters were killed, with every agent', async () => void (await mended(faults.mastersKilled)))
  it('has a killed agent back under its id', async () => void (await mended(faults.agentKilled)))
  it('starts an agent that was stopped', async () => void (await mended(faults.agentStopped)))
  it('touches nothing while ZooKeeper is out', async () => void (await mended(faults.zookeeperGone)))

  it('has an agent that was frozen back', async () => void (await mended(faults.agentFrozen)))

  it('waits for a person when two masters run with another quorum', async () => {
    const { statusSaid } = await mended(faults.quorumsDiffer)
    expect(statusSaid.join(' ')).toContain('QuorumsDiffer')
  })

  it('keeps a task alive whose agent is killed', async () => {
    const task = await startTask(world, 'long', 'sleep 4242')
    await expect.poll(() => faults.runs(world, 'sleep 4242'), { timeout: 30_000 }).toBe(true)
    expect(await faults.outlivesItsAgent(world, 'sleep 4242')).toBe(true)
    await task.stop()
  })
})
