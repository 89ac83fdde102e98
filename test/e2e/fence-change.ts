// A server moves away from a host that ironherd cannot reach, and that runs on: its fence turns it off first.
import { setTimeout as sleep } from 'node:timers/promises'
import { exampleManifests } from '../world/manifests.ts'
import { conditionOf, type World } from '../world/world.ts'
import type { Change } from './changes.ts'
import { withSpec } from './edited.ts'
import { ensembleIs, runsZookeeper } from './ensembles.ts'
import { standsNowhere } from './no-secret.ts'
import { type Power, password, startPower } from './power.ts'
import { withWorkers, withZk } from './standing.ts'

interface Place {
  readonly id: number
  readonly host: string
}

/** Of the server with the highest id; m1 runs the fence. */
export function fencedAway(): Change {
  let power: Power | undefined
  let off = ''
  let places: readonly Place[] = []
  return {
    name: 'ZooKeeper: a host is cut off from ironherd and runs on; its fence turns it off, and its server moves',
    job: 'through',
    async to(standing, world) {
      const servers = standing.zk.spec?.['members'] as readonly Place[]
      const last = servers.at(-1)
      const spare = await spareHost(world, servers)
      if (last === undefined || spare === undefined) throw new Error('nobody to move, or nowhere to')
      off = last.host
      places = servers.map((place) => (place === last ? { ...place, host: spare } : place))
      const workers = ['m4', 'm5', 'm6'].filter((name) => name !== off)
      return withWorkers(withZk(standing, ['members'], places), workers)
    },
    async beside(world) {
      power = await startPower(world)
      const host = exampleManifests('hosts', world.lab).find(({ metadata }) => metadata.name === off)
      if (host === undefined) throw new Error(`no Host ${off}`)
      await world.apply([withSpec(host, ['fence'], await power.fence('m1', off))])
      await world.lab.host(off).partition('controller')
      const lost = (shown: Parameters<typeof conditionOf>[0]) => conditionOf(shown, 'Reachable')?.status === 'False'
      await world.until('host', off, 'out of reach', lost, 90_000)
      // It has a fence, and nobody needs it: it is left alone.
      await sleep(10_000)
      if (power.turnedOff.length > 0) throw new Error('it was fenced though nothing moved')
    },
    async check(world) {
      await power?.close()
      if (power?.turnedOff.map(({ host }) => host).join() !== off) throw new Error('it was not fenced, or not once')
      if (await world.lab.host(off).isRunning()) throw new Error(`${off} still runs`)
      await ensembleIs(
        world,
        places.map(({ host }) => host),
      )
      const fenced = await world.condition('host', off, 'Fenced')
      if (fenced?.status !== 'True') throw new Error(`Fenced is ${JSON.stringify(fenced)}`)
      console.log(`  ${fenced.message}`)
      await standsNowhere(world, password, ['m1'])
      await comesBack(world, off)
    },
  }
}

/** One that runs no server, and is on. */
async function spareHost(world: World, servers: readonly Place[]): Promise<string | undefined> {
  for (const { name } of [...world.lab.hosts].reverse()) {
    const host = world.lab.host(name)
    if (!servers.some((place) => place.host === name) && (await host.isRunning())) return name
  }
  return undefined
}

/** What it ran is stopped and taken off, and it counts as off no more. */
async function comesBack(world: World, name: string): Promise<void> {
  await world.lab.host(name).heal()
  await world.lab.host(name).powerOn()
  const seen = (shown: Parameters<typeof conditionOf>[0]) => conditionOf(shown, 'Fenced')?.status === 'False'
  await world.until('host', name, 'seen again', seen, 120_000)
  const end = Date.now() + 60_000
  const left = "ls /var/lib/ironherd/members | grep -c 'zookeeper.*json'; true"
  while ((await runsZookeeper(world, name)) || (await world.lab.host(name).exec(left)).stdout.trim() !== '0') {
    if (Date.now() > end) throw new Error(`${name} still runs or keeps a server`)
    await sleep(500)
  }
}
