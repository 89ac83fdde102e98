// What breaks in a file system, on real hosts. Each fault is healed when the daemon works again by its own answer.
import type { World } from '../world/world.ts'
import type { Fault, Harm } from './fault.ts'
import { activeNameNode, hostOf } from './hdfs.ts'
import { unitOn } from './records.ts'

export const pairHosts = ['m1', 'm2']
export const journalHosts = ['m1', 'm2', 'm3']

export async function run(world: World, host: string, command: string): Promise<string> {
  const { code, stderr, stdout } = await world.lab.host(host).exec(command, { timeoutMs: 60_000 })
  if (code !== 0) throw new Error(`${host}: ${command}: exit ${String(code)} ${stderr}`)
  return stdout.trim()
}

export async function jmx(world: World, host: string, port: number, query: string): Promise<string> {
  const { address } = world.lab.host(host)
  const url = `http://${address}:${String(port)}/jmx?qry=${query}`
  const { stdout } = await world.lab.host(host).exec(`curl -s -m 3 '${url}'; true`)
  return stdout
}

export async function active(world: World): Promise<string> {
  const id = await activeNameNode(world)
  if (id === undefined) throw new Error('no NameNode, or more than one, is active')
  return id
}

export function other(id: string): string {
  return id === 'nn1' ? 'nn2' : 'nn1'
}

/** By its own answer: exactly one is active, the other stands by. */
export async function pairServes(world: World): Promise<boolean> {
  const states = await Promise.all(
    ['m1', 'm2'].map((host) => jmx(world, host, 9870, 'Hadoop:service=NameNode,name=NameNodeStatus')),
  )
  const said = states.map((text) => /"State"\s*:\s*"(\w+)"/.exec(text)?.[1]).sort()
  return said[0] === 'active' && said[1] === 'standby'
}

const killUnit = 'kill -9 $(systemctl show -p MainPID --value UNIT)'

/** What is done to the unit of one NameNode's host; `whose` says whether that one is the active or the standby. */
function onNameNode(
  name: string,
  whose: 'active' | 'standby',
  part: string,
  command: string,
  undo?: { readonly lastsMs: number; readonly command: string },
): Fault {
  return {
    name: `${name} (${whose})`,
    async harm(world): Promise<Harm> {
      const leading = await active(world)
      const host = hostOf(whose === 'active' ? leading : other(leading))
      const unit = await unitOn(world.lab, host, part)
      const pid = await run(world, host, `systemctl show -p MainPID --value ${unit}`)
      const filled = (text: string): string => text.replaceAll('UNIT', unit).replaceAll('PID', pid)
      await run(world, host, command.replaceAll('UNIT', unit))
      return {
        mayRestart: [{ host, part }],
        healed: pairServes,
        ...(undo === undefined
          ? {}
          : { undo: { lastsMs: undo.lastsMs, run: async () => void (await run(world, host, filled(undo.command))) } }),
      }
    },
  }
}

export const nameNodeKilled = onNameNode('NameNode: kill -9', 'active', 'hdfs-namenode', killUnit)
export const controllerKilled = onNameNode('failover controller: kill -9', 'active', 'hdfs-zkfc', killUnit)

export const nameNodeFrozen = onNameNode(
  'NameNode: frozen for 60 s',
  'active',
  'hdfs-namenode',
  'kill -STOP $(systemctl show -p MainPID --value UNIT)',
  { lastsMs: 60_000, command: 'kill -CONT PID 2>/dev/null; true' },
)

/** All that the NameNode keeps is gone, and it dies: it comes back by an image of the other. */
export const standbyWiped = onNameNode(
  'NameNode: directories wiped',
  'standby',
  'hdfs-namenode',
  `find /data/dfs/nn -mindepth 1 -delete; ${killUnit}`,
)

/** It serves on from its memory: the other takes over before it is stopped. */
export const activeWiped = onNameNode(
  'NameNode: directories wiped under it',
  'active',
  'hdfs-namenode',
  'find /data/dfs/nn -mindepth 1 -delete',
)

export const configEdited = onNameNode(
  'NameNode: hdfs-site.xml edited by hand',
  'active',
  'hdfs-namenode',
  'sed -i "s/nameservice1/by-hand/" /etc/ironherd/$(basename UNIT .service)/hdfs-site.xml',
)

export const controllersKilled: Fault = {
  name: 'both failover controllers: kill -9',
  async harm(world): Promise<Harm> {
    const part = 'hdfs-zkfc'
    await Promise.all(
      pairHosts.map(async (host) => run(world, host, killUnit.replaceAll('UNIT', await unitOn(world.lab, host, part)))),
    )
    return { mayRestart: pairHosts.map((host) => ({ host, part })), healed: pairServes }
  },
}

/** By the active's own word: all three hold what it has written. */
async function journalsInStep(world: World): Promise<boolean> {
  const host = hostOf((await activeNameNode(world)) ?? 'nn1')
  const said = await jmx(world, host, 9870, 'Hadoop:service=NameNode,name=NameNodeInfo')
  return (said.match(/Written txid/g) ?? []).length === 3 && !said.includes('will try to re-sync')
}

function onJournal(host: string, name: string, command: string): Fault {
  return {
    name: `JournalNode (${host}): ${name}`,
    async harm(world): Promise<Harm> {
      const part = 'hdfs-journalnode'
      const unit = await unitOn(world.lab, host, part)
      await run(world, host, command.replaceAll('UNIT', unit))
      return { mayRestart: [{ host, part }], healed: journalsInStep }
    },
  }
}

export function journalKilled(host: string): Fault {
  return onJournal(host, 'kill -9', killUnit)
}

/** The journal is gone, and its process dies: it is given its identity back, and fetches what it missed. */
export function journalWiped(host: string): Fault {
  return onJournal(host, 'disk wiped', `find /data/dfs/jn -mindepth 1 -delete; ${killUnit}`)
}

/** Without a majority the active ends; systemd starts it, and it finds journals again only when these are back. */
export const twoJournalsDown: Fault = {
  name: 'two of three JournalNodes stopped',
  async harm(world): Promise<Harm> {
    const part = 'hdfs-journalnode'
    const hosts = ['m2', 'm3']
    await Promise.all(
      hosts.map(async (host) => run(world, host, `systemctl stop ${await unitOn(world.lab, host, part)}`)),
    )
    return {
      mayRestart: hosts.map((host) => ({ host, part })),
      healed: async (later) => (await pairServes(later)) && (await journalsInStep(later)),
    }
  },
}

async function dataNodeRuns(world: World, host: string): Promise<boolean> {
  return (await jmx(world, host, 9864, 'Hadoop:service=DataNode,name=DataNodeInfo')).includes('RUNNING')
}

function onDataNode(host: string, name: string, command: string): Fault {
  return {
    name: `DataNode (${host}): ${name}`,
    async harm(world): Promise<Harm> {
      const part = 'hdfs-datanode'
      const unit = await unitOn(world.lab, host, part)
      await run(world, host, command.replaceAll('UNIT', unit))
      return { mayRestart: [{ host, part }], healed: (later) => dataNodeRuns(later, host) }
    },
  }
}

export const dataNodeKilled = onDataNode('m5', 'kill -9', killUnit)
export const dataNodeWiped = onDataNode(
  'm6',
  'data directory wiped',
  `find /data/dfs/dn -mindepth 1 -delete; ${killUnit}`,
)

/** A disk of another file system: nobody starts on it, and a person moves it away. */
export const dataNodeForeign: Fault = {
  name: 'DataNode (m4): VERSION of another cluster',
  async harm(world): Promise<Harm> {
    const [host, part] = ['m4', 'hdfs-datanode']
    const unit = await unitOn(world.lab, host, part)
    const foreign = 'sed -i "s/^clusterID=.*/clusterID=CID-of-somebody-else/" /data/dfs/dn/current/VERSION'
    await run(world, host, `${foreign} && ${killUnit.replaceAll('UNIT', unit)}`)
    return {
      mayRestart: [{ host, part }],
      healed: (later) => dataNodeRuns(later, host),
      undo: {
        lastsMs: 30_000,
        async run() {
          const said = await world.condition('hdfscluster', 'files', 'Ready')
          if (said?.reason !== 'IdentityChanged' && said?.reason !== 'ForeignData')
            throw new Error(`a foreign disk is not told: ${said?.reason ?? ''} ${said?.message ?? ''}`)
          // Its blocks are of other names for a NameNode that does not know them: nothing of it is put back.
          await run(world, host, 'mv /data/dfs/dn /data/dfs/dn.foreign')
        },
      },
    }
  },
}
