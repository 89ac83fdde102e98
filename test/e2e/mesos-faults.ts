// What breaks in a Mesos cluster, on real hosts. Each fault is healed when masters and agents work again by their own answers.
import { setTimeout as sleep } from 'node:timers/promises'
import type { World } from '../world/world.ts'
import type { Fault, Harm } from './fault.ts'
import { agentHosts, agentIds, clusterServes, leadingMaster, masterHosts } from './mesos.ts'
import { unitOn } from './records.ts'

async function run(world: World, host: string, command: string): Promise<void> {
  const { code, stderr } = await world.lab.host(host).exec(command, { timeoutMs: 60_000 })
  if (code !== 0) throw new Error(`${host}: ${command}: exit ${String(code)} ${stderr}`)
}

async function mainPid(world: World, host: string, part: string): Promise<string> {
  const unit = await unitOn(world.lab, host, part)
  const { stdout } = await world.lab.host(host).exec(`systemctl show -p MainPID --value ${unit}`)
  return stdout.trim()
}

type Whose = 'leader' | 'follower'

async function masterHost(world: World, whose: Whose): Promise<string> {
  const leader = await leadingMaster(world)
  if (leader === undefined) throw new Error('no master leads, or more than one')
  return whose === 'leader' ? leader : (masterHosts.find((host) => host !== leader) ?? leader)
}

const killUnit = 'kill -9 $(systemctl show -p MainPID --value UNIT)'
const registry = '/data/mesos/master/replicated_log'

/** `command` on the unit of one master; the others' processes, and every agent's id, must stay as they are. */
function onMaster(name: string, whose: Whose, command: string): Fault {
  return {
    name: `${name} (${whose})`,
    async harm(world): Promise<Harm> {
      const [host, ids] = [await masterHost(world, whose), await agentIds(world)]
      const unit = await unitOn(world.lab, host, 'mesos-master')
      await run(world, host, command.replaceAll('UNIT', unit))
      return { mayRestart: [{ host, part: 'mesos-master' }], healed: () => clusterServes(world, ids) }
    },
  }
}

export const masterKilled = onMaster('Mesos master: kill -9', 'leader', killUnit)
export const masterStopped = onMaster('Mesos master: unit stopped', 'follower', 'systemctl stop UNIT')
export const registryWiped = onMaster(
  'Mesos master: registry wiped',
  'follower',
  `systemctl stop UNIT; find ${registry} -mindepth 1 -delete`,
)
export const registryDamaged = onMaster(
  'Mesos master: CURRENT of the registry removed',
  'follower',
  `rm ${registry}/CURRENT; ${killUnit}`,
)

export const mastersKilled: Fault = {
  name: 'all Mesos masters: kill -9',
  async harm(world): Promise<Harm> {
    const ids = await agentIds(world)
    await Promise.all(
      masterHosts.map(async (host) => {
        await run(world, host, killUnit.replaceAll('UNIT', await unitOn(world.lab, host, 'mesos-master')))
      }),
    )
    const mayRestart = masterHosts.map((host) => ({ host, part: 'mesos-master' }))
    return { mayRestart, healed: () => clusterServes(world, ids) }
  },
}

function onAgent(name: string, command: string): Fault {
  return {
    name: `Mesos agent: ${name}`,
    async harm(world): Promise<Harm> {
      const [host, ids] = ['m4', await agentIds(world)]
      const unit = await unitOn(world.lab, host, 'mesos-agent')
      await run(world, host, command.replaceAll('UNIT', unit))
      return { mayRestart: [{ host, part: 'mesos-agent' }], healed: () => clusterServes(world, ids) }
    },
  }
}

export const agentKilled = onAgent('kill -9', killUnit)
export const agentStopped = onAgent('unit stopped', 'systemctl stop UNIT')
export const agentFrozen: Fault = {
  name: 'Mesos agent: frozen for 30 s',
  async harm(world): Promise<Harm> {
    const [host, ids] = ['m5', await agentIds(world)]
    const pid = await mainPid(world, host, 'mesos-agent')
    await run(world, host, `kill -STOP ${pid}`)
    return {
      mayRestart: [{ host, part: 'mesos-agent' }],
      healed: () => clusterServes(world, ids),
      undo: {
        lastsMs: 30_000,
        run: () => run(world, host, `kill -CONT ${pid} 2>/dev/null; true`),
      },
    }
  },
}

/** The leader ends by itself and comes back when ZooKeeper does: nobody is to be touched for it meanwhile. */
export const zookeeperGone: Fault = {
  name: 'quorum of ZooKeeper lost for 60 s, under Mesos',
  async harm(world): Promise<Harm> {
    const ids = await agentIds(world)
    const hosts = ['m2', 'm3']
    const frozen = await Promise.all(
      hosts.map(async (host) => {
        const pid = await mainPid(world, host, 'zookeeper')
        await run(world, host, `kill -STOP ${pid}`)
        return { host, pid }
      }),
    )
    return {
      // Masters end where they lead, and systemd starts them again.
      mayRestart: [...hosts.map((host) => ({ host, part: 'zookeeper' }))],
      healed: () => clusterServes(world, ids),
      undo: {
        lastsMs: 60_000,
        run: async () => {
          for (const { host, pid } of frozen) await run(world, host, `kill -CONT ${pid} 2>/dev/null; true`)
        },
      },
    }
  },
}

/**
 * Two masters are restarted by hand with a quorum of one. Nobody restarts them both: what each of them has for the registry may differ. A
 * person decides for one, and ironherd goes on with the other.
 */
export const quorumsDiffer: Fault = {
  name: 'Mesos masters: two of three run with --quorum=1',
  async harm(world): Promise<Harm> {
    const [leader, ids] = [await masterHost(world, 'leader'), await agentIds(world)]
    const hosts = masterHosts.filter((host) => host !== leader)
    const units = await Promise.all(hosts.map((host) => unitOn(world.lab, host, 'mesos-master')))
    const [first = '', second = ''] = hosts
    const byHand = (unit: string): string =>
      `sed -i 's/--quorum=2/--quorum=1/' /usr/local/lib/systemd/system/${unit}; systemctl daemon-reload; systemctl restart ${unit}`
    await Promise.all(hosts.map((host, index) => run(world, host, byHand(units[index] ?? ''))))
    return {
      mayRestart: [first, second].map((host) => ({ host, part: 'mesos-master' })),
      healed: () => clusterServes(world, ids),
      undo: {
        lastsMs: 20_000,
        run: () =>
          run(
            world,
            first,
            `sed -i 's/--quorum=1/--quorum=2/' /usr/local/lib/systemd/system/${units[0] ?? ''}; systemctl daemon-reload; systemctl restart ${units[0] ?? ''}`,
          ),
      },
    }
  },
}

/** A process with exactly this command line runs on one of the agents' hosts. */
export async function runs(world: World, processName: string): Promise<boolean> {
  return (await hostRunning(world, processName)) !== undefined
}

/** Kills the task's agent, and says whether the task's process is the same one after the agent is back. */
export async function outlivesItsAgent(world: World, processName: string): Promise<boolean> {
  const host = await hostRunning(world, processName)
  if (host === undefined) throw new Error(`${processName} runs on no agent`)
  const before = await pidOf(world, host, processName)
  const ids = await agentIds(world)
  await run(world, host, killUnit.replaceAll('UNIT', await unitOn(world.lab, host, 'mesos-agent')))
  const end = Date.now() + 120_000
  while (!(await clusterServes(world, ids))) {
    if (Date.now() > end) throw new Error('the agent does not come back under its id')
    await sleep(500)
  }
  return before !== '' && before === (await pidOf(world, host, processName))
}

async function hostRunning(world: World, processName: string): Promise<string | undefined> {
  for (const host of agentHosts) if ((await pidOf(world, host, processName)) !== '') return host
  return undefined
}

async function pidOf(world: World, host: string, words: string): Promise<string> {
  const { stdout } = await world.lab.host(host).exec(`pgrep -xf '${words}'; true`)
  return stdout.trim()
}
