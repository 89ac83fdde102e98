// Servers as they answer.
import type { World } from '../world/world.ts'

/** The servers that answer and are in one ensemble, by each server's own list. */
export async function ensembleIs(world: World, hosts: readonly string[]): Promise<void> {
  for (const name of hosts) {
    const host = world.lab.host(name)
    const { stdout } = await host.exec(
      `exec 3<>/dev/tcp/${host.address}/2181 && printf conf >&3 && timeout 3 cat <&3; exec 3<>/dev/tcp/${host.address}/2181 && printf srvr >&3 && timeout 3 cat <&3`,
    )
    if (!/Mode: (leader|follower)/.test(stdout)) throw new Error(`${name} does not serve: ${stdout.slice(-300)}`)
    const listed = [...stdout.matchAll(/server\.\d+=/g)].length
    if (listed !== hosts.length)
      throw new Error(`${name} lists ${String(listed)} servers, wanted ${String(hosts.length)}`)
  }
}

export async function runsZookeeper(world: World, name: string): Promise<boolean> {
  const { stdout } = await world.lab
    .host(name)
    .exec("systemctl list-units --all --plain --no-legend 'ironherd-*zookeeper*' | grep -c running; true")
  return stdout.trim() !== '0'
}
