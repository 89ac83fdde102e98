// A host with a NameNode, a JournalNode and a server of ZooKeeper dies, and one edit gives everything on it to another.
import { exampleManifests, type Manifest } from '../world/manifests.ts'
import { withSpec } from './edited.ts'
import type { HdfsChange } from './hdfs-changes.ts'
import { journalsAre, journalsOn } from './hdfs-journal-moves.ts'
import { moved, nameNodeMoved } from './hdfs-moves.ts'
import { lose } from './lost-host.ts'

export const hdfsReplacedHost = (
  dataNodes: (standing: Manifest, hosts: readonly string[]) => Manifest,
): readonly HdfsChange[] => [
  {
    name: 'HDFS: the host of a NameNode, a JournalNode and a server of ZooKeeper is off for ever (lifecycle: Lost), and m6 takes its place',
    given: (standing) => dataNodes(standing, ['m4', 'm5']),
    async act(world) {
      await lose(world, 'm1')
      const members = ['m6', 'm2', 'm3'].map((host, index) => ({ id: index + 1, host }))
      await world.apply(exampleManifests('zookeeper', world.lab).map((one) => withSpec(one, ['members'], members)))
    },
    to: (standing) => journalsOn(moved(standing, 'nn1', 'm6'), ['m6', 'm2', 'm3']),
    async check(world, steps, _led, from) {
      await nameNodeMoved(world, steps, { id: 'nn1', from: 'm1', to: 'm6', lost: true })
      await journalsAre(world, steps, moved(from, 'nn1', 'm6'), ['m6', 'm2', 'm3'])
      await world.untilReady('zookeepercluster', 'zk', 60_000)
    },
  },
]
