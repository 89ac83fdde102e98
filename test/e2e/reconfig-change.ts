// An ensemble that is told its list of servers while it runs: nobody who stays is restarted.
import { namespace } from '../world/manifests.ts'
import type { World } from '../world/world.ts'
import type { Change } from './changes.ts'
import { ensembleIs, runsZookeeper } from './ensembles.ts'
import { standsNowhere } from './no-secret.ts'
import { changedUnits, type UnitRecord, unitRecords } from './records.ts'
import { members, type Standing, withZk } from './standing.ts'

const secret = { name: 'zookeeper-super', key: 'password' }
const password = `told-${String(process.pid)}-while-it-runs`

/** Of the super user of the ensemble. */
export const superSecret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: secret.name, namespace },
  stringData: { [secret.key]: password },
} as const

type Places = readonly (readonly [id: number, host: string])[]

const three: Places = [
  [1, 'm1'],
  [2, 'm2'],
  [3, 'm3'],
]
const five: Places = [...three, [4, 'm4'], [5, 'm5']]
const moved: Places = [
  [1, 'm1'],
  [2, 'm4'],
  [3, 'm3'],
]

function told(places: Places): (standing: Standing) => Standing {
  return (standing) =>
    withZk(withZk(standing, ['members'], members(...places)), ['membershipChanges'], {
      by: 'Reconfig',
      superSecretRef: secret,
    })
}

function change(name: string, from: Places, to: Places): Change {
  return {
    name: `ZooKeeper by reconfig: ${name}`,
    given: told(from),
    to: told(to),
    job: 'through',
    async check(world, before) {
      await ensembleIs(
        world,
        to.map(([, host]) => host),
      )
      const gone = from.filter(([, host]) => !to.some(([, other]) => other === host))
      for (const [, host] of gone) if (await runsZookeeper(world, host)) throw new Error(`${host} still runs a server`)
      const stay = from.map(([, host]) => host).filter((host) => to.some(([, other]) => other === host))
      await nobodyRestarted(world, before, stay)
      await standsNowhere(
        world,
        password,
        world.lab.hosts.map(({ name }) => name),
      )
      await digestIsKept(world)
    },
  }
}

export const reconfigurations: readonly Change[] = [
  {
    name: 'ZooKeeper by reconfig: from now on, where it was by restarts',
    given: (standing) => withZk(standing, ['members'], members(...three)),
    to: told(three),
    job: 'through',
    check: (world) =>
      ensembleIs(
        world,
        three.map(([, host]) => host),
      ),
  },
  change('three servers → five', three, five),
  change('five servers → three', five, three),
  change('server 2 moves from m2 to m4, both alive', three, moved),
]

/** By the main process of each server, as its own systemd says. */
async function nobodyRestarted(world: World, before: readonly UnitRecord[], hosts: readonly string[]): Promise<void> {
  const servers = (records: readonly UnitRecord[]) =>
    records.filter(({ host, unit }) => hosts.includes(host) && unit.includes('-zookeeper-'))
  const changed = changedUnits(servers(before), servers(await unitRecords(world.lab)))
  if (changed.length > 0) throw new Error(`restarted, though it stays: ${changed.join(', ')}`)
}

/** Files with the digest of the password are for root and the service user only, and no argument has it. */
async function digestIsKept(world: World): Promise<void> {
  for (const host of world.lab.hosts) {
    const { stdout } = await host.exec(
      'find /etc/ironherd -name zoo.cfg -perm /007 2>/dev/null; grep -la superDiges[t] /proc/[0-9]*/cmdline 2>/dev/null; true',
    )
    if (stdout.trim() !== '') throw new Error(`${host.name} shows the digest of the password: ${stdout}`)
  }
}
