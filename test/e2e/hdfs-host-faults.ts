// What breaks below a file system, on real hosts: machines, disks, and the ensemble by which it elects.
import { setTimeout as sleep } from 'node:timers/promises'
import type { LabHost } from '../lab/index.ts'
import type { World } from '../world/world.ts'
import type { Fault, Harm } from './fault.ts'
import { activeNameNode, hostOf } from './hdfs.ts'
import { active, other, pairHosts, pairServes, run } from './hdfs-faults.ts'
import { unitOn } from './records.ts'

/** Waits until `holds`; throws with `what` after `limitMs`. */
export async function until(what: string, limitMs: number, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + limitMs
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not after ${String(limitMs / 1000)} s: ${what}`)
    await sleep(250)
  }
}

/** The machine of the active NameNode, with its journal and its server of ZooKeeper, loses power for a while. */
export function activeHostOff(choice: string): Fault {
  return {
    name: `host of the active NameNode off for 60 s (${choice})`,
    async harm(world): Promise<Harm> {
      const leading = await active(world)
      const host = world.lab.host(hostOf(leading))
      await host.powerOff()
      return {
        mayRestart: [{ host: host.name, part: 'ironherd-' }],
        healed: pairServes,
        undo: {
          lastsMs: 60_000,
          async run() {
            const now = await activeNameNode(world)
            await host.powerOn()
            if (now !== other(leading))
              throw new Error(`${other(leading)} has not taken over, active is ${now ?? 'nobody'}`)
          },
        },
      }
    },
  }
}

/** Two of three servers are frozen: no session is given or ended, no NameNode can take over, and the file system serves on. */
export const ensembleLost: Fault = {
  name: 'quorum of ZooKeeper lost for 60 s',
  async harm(world): Promise<Harm> {
    const hosts = ['m2', 'm3']
    const frozen = await Promise.all(
      hosts.map(async (host) => {
        const pid = await run(
          world,
          host,
          `systemctl show -p MainPID --value ${await unitOn(world.lab, host, 'zookeeper')}`,
        )
        await run(world, host, `kill -STOP ${pid}`)
        return { host, pid }
      }),
    )
    return {
      mayRestart: [
        ...hosts.map((host) => ({ host, part: 'zookeeper' })),
        // They end when they have no session for too long, and a NameNode whose controller went becomes standby.
        ...pairHosts.map((host) => ({ host, part: 'hdfs-zkfc' })),
      ],
      healed: pairServes,
      undo: {
        lastsMs: 60_000,
        run: async () =>
          void (await Promise.all(
            frozen.map(({ host, pid }) => run(world, host, `kill -CONT ${pid} 2>/dev/null; true`)),
          )),
      },
    }
  },
}

export const allHostsRebooted: Fault = {
  name: 'every host loses power at once and comes back',
  async harm(world): Promise<Harm> {
    await Promise.all(world.lab.hosts.map((host) => host.powerOff()))
    await Promise.all(world.lab.hosts.map((host) => host.powerOn()))
    return {
      mayRestart: world.lab.hosts.map((host) => ({ host: host.name, part: 'ironherd-' })),
      healed: pairServes,
    }
  },
}

const nameDir = '/data/dfs/nn'

/** Hands over by Hadoop's own command, run on the host of the one that leads. */
async function handOver(world: World, from: string, to: string): Promise<void> {
  const config = '$(ls -d /etc/ironherd/ironherd-*-hdfs-namenode-* | head -n 1)'
  const command = `cd /tmp; h=$(ls -d /opt/ironherd/hadoop-* | tail -n 1); runuser -u hdfs -- env HADOOP_CLIENT_OPTS=-Xmx96m "$h/bin/hdfs" --config ${config} haadmin -failover ${from} ${to}`
  await run(world, hostOf(from), command)
}

/** Puts a small disk under the name directory of the standby, and makes that one active. Says which NameNode that is. */
async function activeOnSmallDisk(world: World): Promise<string> {
  const id = other(await active(world))
  await onOtherDisk(world, id, (host) => host.smallDisk(nameDir, 192))
  await handOver(world, other(id), id)
  await until(`${id} is active`, 60_000, async () => (await activeNameNode(world)) === id && (await pairServes(world)))
  await world.untilReady('hdfscluster', 'files', 180_000)
  return id
}

/** A NameNode keeps what it has open: disks are changed while it is down. */
async function onOtherDisk(world: World, id: string, change: (host: LabHost) => Promise<void>): Promise<void> {
  const host = world.lab.host(hostOf(id))
  const unit = await unitOn(world.lab, host.name, 'hdfs-namenode')
  await run(world, host.name, `systemctl mask --runtime ${unit} && systemctl stop ${unit}`)
  try {
    await change(host)
  } finally {
    await run(world, host.name, `systemctl unmask --runtime ${unit} && systemctl start ${unit}`)
  }
  await until(`${id} serves`, 120_000, () => pairServes(world))
  await world.untilReady('hdfscluster', 'files', 240_000)
}

let onSmallDisk = ''

/** Below 100 MiB a NameNode takes no writes any more; its controller hands over to one that has room. */
export const nameDiskFull: Fault = {
  name: 'disk under the name directory of the active full for 60 s',
  async prepare(world) {
    onSmallDisk = await activeOnSmallDisk(world)
  },
  async harm(world): Promise<Harm> {
    const host = world.lab.host(hostOf(onSmallDisk))
    await host.fillDisk(nameDir, 192)
    return {
      mayRestart: [{ host: host.name, part: 'hdfs-namenode' }],
      healed: async (later) => (await pairServes(later)) && (await activeNameNode(later)) === other(onSmallDisk),
      undo: { lastsMs: 60_000, run: () => host.freeDisk(nameDir) },
    }
  },
  restore: (world) => onOtherDisk(world, onSmallDisk, (host) => host.restoreDisk(nameDir)),
}
