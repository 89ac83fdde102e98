// What breaks in a file system, on real hosts. Each fault is healed when the daemon works again by its own answer.
import type { World } from '../world/world.ts'
import type { Fault, Harm } from './fault.ts'
import { activeNameNode, hostOf } from './hdfs.ts'
import { unitOn } from './records.ts'

async function run(world: World, host: string, command: string): Promise<string> {
  const { code, stderr, stdout } = await world.lab.host(host).exec(command, { timeoutMs: 60_000 })
  if (code !== 0) throw new Error(`${host}: ${command}: exit ${String(code)} ${stderr}`)
  return stdout.trim()
}

async function jmx(world: World, host: string, port: number, query: string): Promise<string> {
  const { address } = world.lab.host(host)
  const url = `http://${address}:${String(port)}/jmx?qry=${query}`
  const { stdout } = await world.lab.host(host).exec(`curl -s -m 3 '${url}'; true`)
  return stdout
}

async function active(world: World): Promise<string> {
  const id = await activeNameNode(world)
  if (id === undefined) throw new Error('no NameNode, or more than one, is active')
  return id
}

function other(id: string): string {
  return id === 'nn1' ? 'nn2' : 'nn1'
}

/** By its own answer: exactly one is active, the other stands by. */
async function pairServes(world: World): Promise<boolean> {
  const states = await Promise.all(
    ['m1', 'm2'].map((host) => jmx(world, host, 9870, 'Hadoop:service=NameNode,name=NameNodeStatus')),
  )
  const said = states.map((text) => /"State"\s*:\s*"(\w+)"/.exec(text)?.[1]).sort()
  return said[0] === 'active' && said[1] === 'standby'
}

/** A fault on one NameNode; `whose` says whether it is the active or the standby. */
function onNameNode(name: string, whose: 'active' | 'standby', part: string, command: string): Fault {
  return {
    name: `${name} (${whose})`,
    async harm(world): Promise<Harm> {
      const leading = await active(world)
      const host = hostOf(whose === 'active' ? leading : other(leading))
      const unit = await unitOn(world.lab, host, part)
      await run(world, host, command.replaceAll('UNIT', unit))
      return { mayRestart: [{ host, part }], healed: pairServes }
    },
  }
}

const killUnit = 'kill -9 $(systemctl show -p MainPID --value UNIT)'

export const nameNodeKilled = onNameNode('NameNode: kill -9', 'active', 'hdfs-namenode', killUnit)
export const controllerKilled = onNameNode('failover controller: kill -9', 'active', 'hdfs-zkfc', killUnit)

/** All that the NameNode keeps is gone, and it dies: it comes back by an image of the other. */
export const standbyWiped = onNameNode(
  'NameNode: directories wiped',
  'standby',
  'hdfs-namenode',
  `find /data/dfs/nn -mindepth 1 -delete; ${killUnit}`,
)

/** The journal of m3 is gone, and its process dies: it is given its identity back, and fetches what it missed. */
export const journalWiped: Fault = {
  name: 'JournalNode (m3): disk wiped',
  async harm(world): Promise<Harm> {
    const unit = await unitOn(world.lab, 'm3', 'hdfs-journalnode')
    await run(world, 'm3', `find /data/dfs/jn -mindepth 1 -delete; ${killUnit.replaceAll('UNIT', unit)}`)
    return {
      mayRestart: [{ host: 'm3', part: 'hdfs-journalnode' }],
      healed: async (later) => {
        const host = hostOf((await activeNameNode(later)) ?? 'nn1')
        const said = await jmx(later, host, 9870, 'Hadoop:service=NameNode,name=NameNodeInfo')
        return (said.match(/Written txid/g) ?? []).length === 3 && !said.includes('will try to re-sync')
      },
    }
  },
}

export const dataNodeKilled: Fault = {
  name: 'DataNode (m5): kill -9',
  async harm(world): Promise<Harm> {
    const unit = await unitOn(world.lab, 'm5', 'hdfs-datanode')
    await run(world, 'm5', killUnit.replaceAll('UNIT', unit))
    return {
      mayRestart: [{ host: 'm5', part: 'hdfs-datanode' }],
      healed: async (later) =>
        (await jmx(later, 'm5', 9864, 'Hadoop:service=DataNode,name=DataNodeInfo')).includes('RUNNING'),
    }
  },
}
