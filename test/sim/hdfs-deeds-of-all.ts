import { deleteFor } from './deleting.ts'
import { putDataNodes } from './people-hdfs.ts'
import { type DeletionPolicy, hdfsOf } from './specs.ts'
import type { World } from './world.ts'

/** What somebody does to all of it: `WHAT HOW …`. */
export function toAll(world: World, first: string, second: string, third: string): void {
  const { hdfs, leader } = world
  if (first === 'moved') return moveAll(world, second, third)
  switch (`${first} ${second}`) {
    case 'daemon killed':
      leader?.kill(third === 'with-scripts')
      return void world.clock.after(5_000, () => world.startDaemon())
    case 'daemon doubled': {
      leader?.stop()
      world.clock.after(15_000, () => world.startDaemon())
      return void world.clock.after(40_000, () => {
        leader?.continue()
        world.clock.after(2_000, () => leader?.kill(false))
      })
    }
    case 'znode made':
      hdfs.election.parent = true
      return
    case 'znode removed':
      Object.assign(hdfs.election, { parent: false, breadcrumb: undefined, lock: undefined })
      return
    case 'zookeeper away':
    case 'zookeeper back':
      for (const machine of world.machines.values())
        for (const { process, unit } of machine.systemd.processes())
          if (unit.includes('-zookeeper-')) process.frozen = second === 'away'
      return world.changed()
    case 'status restored': {
      const object = world.store.get({ kind: 'HdfsCluster', namespace: 'a', name: 'files' })
      if (object !== undefined)
        world.store.objects.set('HdfsCluster/a/files', { ...object, status: { hdfs: { clusterId: third } } })
      return
    }
    case 'fencing fails':
    case 'fencing works':
      hdfs.election.fencing = second === 'fails' ? 'fail' : 'ok'
      return
    case 'namenode active':
    case 'namenode standby':
      moveNameNode(
        world,
        second === 'active' ? (hdfs.active?.id ?? '') : hdfs.active?.id === 'nn1' ? 'nn2' : 'nn1',
        third,
      )
      return world.apply()
    case 'spec applied':
      return world.apply()
    case 'setting changed':
      Object.assign(world.wanted.hdfs ?? {}, {
        nameNodes: { ...(world.wanted.hdfs?.['nameNodes'] as object), jvm: { heap: '300m' } },
      })
      return world.apply()
    // id@host,…
    case 'namenodes are':
      membersOf(world).members = third.split(',').map((place) => {
        const [id = '', host = ''] = place.split('@')
        return { id, host }
      })
      return world.apply()
    case 'namenodes without': {
      const { active } = hdfs
      const standby = hdfs.names.find((name) => name !== active)
      const goes = third === 'active' ? active : standby
      membersOf(world).members = membersOf(world).members.filter(({ id }) => id !== goes?.id)
      return world.apply()
    }
    case 'journals on':
      Object.assign(world.wanted.hdfs?.['journalNodes'] ?? {}, { hosts: third.split(',') })
      return world.apply()
    case 'spec available':
    case 'spec simple': {
      const { planPolicy } = world.wanted.hdfs ?? {}
      world.wanted.hdfs = {
        ...hdfsOf({ fencing: 'QjmOnly', ...(second === 'simple' ? { simple: true } : {}) }),
        planPolicy,
      }
      return world.apply()
    }
    case 'datanodes on':
      return putDataNodes(world, third.split(','))
    case 'files deleted':
      return deleteFor(world, 'HdfsCluster', third as DeletionPolicy, 5_000)
    // A person thinks better of it.
    case 'files kept':
      Object.assign(world.wanted.hdfs ?? {}, { deletionPolicy: 'Retain' })
      world.deleted.set('HdfsCluster', 'Retain')
      return world.apply()
    default:
      throw new RangeError(`nobody knows what ${first} ${second} is`)
  }
}

function membersOf({ wanted }: World): { members: { id: string; host: string }[] } {
  return (wanted.hdfs as { nameNodes: { members: { id: string; host: string }[] } }).nameNodes
}

function moveNameNode(world: World, id: string, host: string): void {
  for (const place of membersOf(world).members) if (place.id === id) place.host = host
}

/** Everything that is declared on a host is declared on another one. */
function moveAll(world: World, host: string, to: string): void {
  const { hdfs, zookeeper } = world.wanted
  const { dataNodeGroups, journalNodes, nameNodes } = hdfs as {
    nameNodes: { members: { host: string }[] }
    journalNodes: { hosts: string[] }
    dataNodeGroups: { hosts: string[] }[]
  }
  for (const list of [journalNodes, ...dataNodeGroups])
    list.hosts = list.hosts.map((name) => (name === host ? to : name))
  const places = [...nameNodes.members, ...(zookeeper['members'] as { host: string }[])]
  for (const place of places) if (place.host === host) place.host = to
  world.apply()
}
