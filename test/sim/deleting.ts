import type { Fault } from './fault.ts'
import { dataDir, journalRoot, nameDirs } from './hdfs-disk.ts'
import type { Machine } from './machine.ts'
import { isKnown, leftBehind } from './oracle-release.ts'
import type { Random } from './random.ts'
import type { DeletionPolicy } from './specs.ts'
import type { World } from './world.ts'

/** Name of the object, and what its units' names hold. */
const clusters = {
  ZookeeperCluster: { name: 'zk', word: 'zookeeper' },
  SparkCluster: { name: 'analytics', word: 'spark' },
  HdfsCluster: { name: 'files', word: 'hdfs' },
} as const
type Kind = keyof typeof clusters

function specOf({ wanted }: World, kind: Kind): Record<string, unknown> | undefined {
  switch (kind) {
    case 'ZookeeperCluster':
      return wanted.zookeeper
    case 'SparkCluster':
      return wanted.spark
    case 'HdfsCluster':
      return wanted.hdfs
  }
}

function drawn({ wanted }: World, random: Random): Kind {
  if (wanted.hdfs !== undefined && random.chance(0.6)) return 'HdfsCluster'
  return wanted.spark !== undefined && random.chance(0.7) ? 'SparkCluster' : 'ZookeeperCluster'
}

/** Somebody deletes a cluster under one of the policies, sees it go, and applies it again after a while. */
export const deleteCluster: Fault = (world, random) => {
  const { deleted } = world
  const kind = drawn(world, random)
  const { name } = clusters[kind]
  const spec = specOf(world, kind)
  // In use it would be held, and with it every start of those that use it, until they go, too.
  const used =
    kind === 'ZookeeperCluster' && (world.store.list('SparkCluster').length > 0 || world.shape.hdfs !== undefined)
  if (used || deleted.has(kind) || spec === undefined || world.blockedSince !== undefined || world.store.down)
    return undefined
  const asked: DeletionPolicy = random.pick(['Retain', 'Stop', 'Purge'])
  // Before ironherd has heard of it nothing holds it: it is gone at once, as under Retain.
  const isHeld = world.store.get({ kind, namespace: 'a', name })?.metadata.finalizers.length !== 0
  const policy = isHeld ? asked : 'Retain'
  deleteFor(world, kind, policy, random.pick([1_000, 10_000, 40_000]))
  return { told: `${kind} is deleted, and its policy is ${policy}` }
}

/** It is applied again so long after it went. */
export function deleteFor(world: World, kind: Kind, policy: DeletionPolicy, waitMs: number): void {
  const spec = specOf(world, kind)
  if (spec === undefined) return
  spec['deletionPolicy'] = policy
  world.apply()
  world.deleted.set(kind, policy)
  world.store.delete(kind, clusters[kind].name)
  world.structural ||= policy === 'Purge'
  world.clock.after(500, () => watch(world, kind, waitMs))
}

function watch(world: World, kind: Kind, waitMs: number): void {
  const { clock, oracles, store } = world
  const { name, word } = clusters[kind]
  if (store.get({ kind, namespace: 'a', name }) !== undefined) {
    clock.after(500, () => watch(world, kind, waitMs))
    return
  }
  const policy = world.deleted.get(kind) ?? 'Retain'
  const machines = [...world.machines.values()].filter((machine) => !world.wanted.lost.includes(machine.name))
  const left = leftBehind(machines, word, policy)
  world.say(() => `${kind} is gone`)
  oracles.gone(kind)
  if (left !== '') oracles.violate('release', `${kind} is gone by ${policy}, and ${left}`)
  if (kind === 'ZookeeperCluster' && policy === 'Purge') {
    world.ensemble.purged()
    // What ironherd could not know for its own, a person takes away.
    for (const machine of machines) if (!isKnown(machine, word)) machine.remove('/data/zookeeper')
    world.spark.forget()
  }
  if (kind === 'HdfsCluster' && policy === 'Purge') {
    world.hdfs.purged()
    for (const machine of machines) takeAway(machine)
  }
  // Whoever is started from now on is one of the next life.
  if (policy === 'Purge')
    for (const { recorded } of machines) for (const path of recorded) if (path.includes(word)) recorded.delete(path)
  clock.after(waitMs, () => comeBack(world, kind))
}

/** What ironherd could not know for its own, a person takes away. */
function takeAway(machine: Machine): void {
  for (const path of [...nameDirs, journalRoot, dataDir]) machine.remove(`${path}/current`)
}

function comeBack(world: World, kind: Kind): void {
  // Used again, an ensemble that is going would be held, and whoever uses it would wait for it.
  if (kind === 'SparkCluster' && world.deleted.has('ZookeeperCluster')) {
    world.clock.after(500, () => comeBack(world, kind))
    return
  }
  world.deleted.delete(kind)
  world.say(() => `${kind} is applied again`)
  world.apply()
}
