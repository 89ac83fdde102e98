import type { Fault } from './fault.ts'
import { isKnown, leftBehind } from './oracle-release.ts'
import type { DeletionPolicy } from './specs.ts'
import type { World } from './world.ts'

const names = { ZookeeperCluster: 'zk', SparkCluster: 'analytics' } as const
type Kind = keyof typeof names

/** Somebody deletes a cluster under one of the policies, sees it go, and applies it again after a while. */
export const deleteCluster: Fault = (world, random) => {
  const { deleted, wanted } = world
  const kind: Kind = wanted.spark !== undefined && random.chance(0.7) ? 'SparkCluster' : 'ZookeeperCluster'
  const spec = kind === 'SparkCluster' ? wanted.spark : wanted.zookeeper
  // In use it would be held, and with it every start of those that use it, until they go, too.
  const used =
    kind === 'ZookeeperCluster' && (world.store.list('SparkCluster').length > 0 || world.shape.hdfs !== undefined)
  if (used || deleted.has(kind) || spec === undefined || world.blockedSince !== undefined || world.store.down)
    return undefined
  const drawn: DeletionPolicy = random.pick(['Retain', 'Stop', 'Purge'])
  // Before ironherd has heard of it nothing holds it: it is gone at once, as under Retain.
  const isHeld = world.store.get({ kind, namespace: 'a', name: names[kind] })?.metadata.finalizers.length !== 0
  const policy = isHeld ? drawn : 'Retain'
  spec['deletionPolicy'] = policy
  world.apply()
  deleted.set(kind, policy)
  world.store.delete(kind, names[kind])
  world.structural ||= policy === 'Purge'
  const waitMs = random.pick([1_000, 10_000, 40_000])
  world.clock.after(500, () => watch(world, kind, policy, waitMs))
  return { told: `${kind} is deleted, and its policy is ${policy}` }
}

function watch(world: World, kind: Kind, policy: DeletionPolicy, waitMs: number): void {
  const { clock, oracles, store } = world
  if (store.get({ kind, namespace: 'a', name: names[kind] }) !== undefined) {
    clock.after(500, () => watch(world, kind, policy, waitMs))
    return
  }
  const word = kind === 'SparkCluster' ? 'spark' : 'zookeeper'
  const machines = [...world.machines.values()].filter(({ name }) => !world.wanted.lost.includes(name))
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
  // Whoever is started from now on is one of the next life.
  if (policy === 'Purge')
    for (const { recorded } of machines) for (const path of recorded) if (path.includes(word)) recorded.delete(path)
  clock.after(waitMs, () => comeBack(world, kind))
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
