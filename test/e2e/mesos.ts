// What a Mesos cluster says of itself, asked on its hosts by the test's own means.
import type { World } from '../world/world.ts'

export const masterHosts: readonly string[] = ['m1', 'm2', 'm3']
export const agentHosts: readonly string[] = ['m4', 'm5', 'm6']

/** Of each master that answers, by host: it leads, and its copy of the registry votes. */
export interface MasterSaid {
  readonly elected: boolean
  readonly votes: boolean
}

async function get(world: World, host: string, port: number, path: string): Promise<unknown> {
  const { address } = world.lab.host(host)
  const command = `curl -sf -m 5 'http://${address}:${String(port)}${path}'; true`
  const { stdout } = await world.lab.host(host).exec(command, { timeoutMs: 10_000 })
  return stdout === '' ? undefined : (JSON.parse(stdout) as unknown)
}

export async function masterSays(world: World, host: string): Promise<MasterSaid | undefined> {
  const metrics = (await get(world, host, 5050, '/metrics/snapshot')) as Record<string, number> | undefined
  if (metrics === undefined) return undefined
  return { elected: metrics['master/elected'] === 1, votes: metrics['registrar/log/recovered'] === 1 }
}

/** The one master that leads; undefined: none, or more than one. */
export async function leadingMaster(world: World): Promise<string | undefined> {
  const said = await Promise.all(masterHosts.map((host) => masterSays(world, host)))
  const leaders = masterHosts.filter((_, index) => said[index]?.elected === true)
  return leaders.length === 1 ? leaders[0] : undefined
}

interface Slaves {
  readonly slaves: readonly { readonly id: string; readonly pid: string; readonly active: boolean }[]
}

/** Ids of the agents that are active, by host, as the leader lists them. */
export async function agentIds(world: World): Promise<Readonly<Record<string, string>>> {
  const leader = await leadingMaster(world)
  if (leader === undefined) return {}
  const listed = (await get(world, leader, 5050, '/slaves')) as Slaves | undefined
  const ids: Record<string, string> = {}
  for (const host of agentHosts) {
    const agent = listed?.slaves.find(({ pid }) => pid.includes(`@${world.lab.host(host).address}:`))
    if (agent?.active === true) ids[host] = agent.id
  }
  return ids
}

/** One leader, every registry votes, every agent is active under the id that it had. */
export async function clusterServes(world: World, ids: Readonly<Record<string, string>>): Promise<boolean> {
  const said = await Promise.all(masterHosts.map((host) => masterSays(world, host)))
  if (said.some((one) => one?.votes !== true)) return false
  return JSON.stringify(await agentIds(world)) === JSON.stringify(ids)
}

function mesosExecute(world: World, name: string, command: string, more: string): string {
  const servers = masterHosts.map((host) => `${world.lab.host(host).address}:2181`).join(',')
  const program = '$(ls -d /opt/ironherd/mesos-*/bin/mesos-execute | head -1)'
  const what = `--name=${name} '--command=${command}' '--resources=cpus:0.1;mem:32' ${more}`
  return `${program} --master=zk://${servers}/mesos ${what}`
}

/** Runs `mesos-execute` on m1 to its end and gives what it printed; throws when that is not with 0. */
export async function execute(world: World, name: string, command: string): Promise<string> {
  const script = `timeout 60 ${mesosExecute(world, name, command, '')} 2>&1`
  const { code, stdout } = await world.lab.host('m1').exec(script, { timeoutMs: 70_000 })
  if (code !== 0) throw new Error(`mesos-execute ${name}: exit ${String(code)}\n${stdout}`)
  return stdout
}

/** Starts `mesos-execute` with a checkpointed task on m1, as a transient unit; `stop` ends it, and with it its task. */
export async function startTask(world: World, name: string, command: string): Promise<{ stop(): Promise<void> }> {
  const m1 = world.lab.host('m1')
  const { code, stderr } = await m1.exec(
    `systemd-run --collect --unit=task-${name} ${mesosExecute(world, name, command, '--checkpoint')}`,
  )
  if (code !== 0) throw new Error(`mesos-execute ${name}: ${stderr}`)
  return { stop: async () => void (await m1.exec(`systemctl stop task-${name}`)) }
}
