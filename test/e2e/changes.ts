// Changes of clusters that run, one after the other, on the same six hosts; each with the steps that were run and what a client felt.
import { sparkArchive } from '../lab/cache/spark.ts'
import { exampleManifests, type Manifest } from '../world/manifests.ts'
import { countAndPi, runSparkJob } from '../world/spark-job.ts'
import type { World } from '../world/world.ts'
import { withSpec } from './bad-inputs.ts'
import { ensembleIs, runsZookeeper, withWorkers } from './ensembles.ts'
import { fencedAway } from './fence-change.ts'
import { forgotten } from './forget-change.ts'

export interface Change {
  readonly name: string
  /** What is applied, from the manifests as they stand; and what is done beside. */
  apply(world: World, standing: Standing): Promise<Standing>
  /** Holds when it is done, besides both clusters being Ready with nothing left to do. Throws with what is wrong. */
  check?(world: World): Promise<void>
}

/** The manifests as they were applied last. */
export interface Standing {
  readonly zk: Manifest
  readonly spark: Manifest
}

function members(...places: readonly (readonly [id: number, host: string])[]): unknown {
  return places.map(([id, host]) => ({ id, host }))
}

function zkChange(name: string, path: readonly (string | number)[], value: unknown, check?: Change['check']): Change {
  return {
    name,
    async apply(world, standing) {
      const zk = withSpec(standing.zk, path, value)
      await world.apply([zk])
      return { ...standing, zk }
    },
    ...(check === undefined ? {} : { check }),
  }
}

function workers(name: string, hosts: readonly string[], more: Readonly<Record<string, unknown>> = {}): Change {
  return {
    name,
    async apply(world, standing) {
      const spark = withWorkers(standing.spark, hosts, more)
      await world.apply([spark])
      return { ...standing, spark }
    },
  }
}

export const allChanges: readonly Change[] = [
  zkChange('ZooKeeper: tick 2000 → 2500 ms', ['tickTimeMs'], 2500),
  zkChange(
    'ZooKeeper: three servers → five',
    ['members'],
    members([1, 'm1'], [2, 'm2'], [3, 'm3'], [4, 'm4'], [5, 'm5']),
    (world) => ensembleIs(world, ['m1', 'm2', 'm3', 'm4', 'm5']),
  ),
  zkChange('ZooKeeper: five servers → three', ['members'], members([1, 'm1'], [2, 'm2'], [3, 'm3']), async (world) => {
    await ensembleIs(world, ['m1', 'm2', 'm3'])
    for (const name of ['m4', 'm5'])
      if (await runsZookeeper(world, name)) throw new Error(`${name} still runs a server`)
  }),
  zkChange(
    'ZooKeeper: server 2 moves from m2 to m4, both alive',
    ['members'],
    members([1, 'm1'], [2, 'm4'], [3, 'm3']),
    async (world) => {
      await ensembleIs(world, ['m1', 'm4', 'm3'])
      if (await runsZookeeper(world, 'm2')) throw new Error('m2 still runs a server')
    },
  ),
  workers('Spark: worker memory 512m → 640m', ['m4', 'm5', 'm6'], { memory: '640m' }),
  workers('Spark: a worker on m3 is added', ['m3', 'm4', 'm5', 'm6'], { memory: '640m' }),
  workers('Spark: the worker on m6 is removed', ['m3', 'm4', 'm5'], { memory: '640m' }),
  {
    name: 'ZooKeeper: 3.8.4 → 3.9.3',
    async apply(world, standing) {
      const archive = world.lab.artifacts['zookeeper-3.9.3']
      const software = { archive: { url: archive.url, sha512: archive.sha512 } }
      const zk = withSpec(withSpec(standing.zk, ['version'], '3.9.3'), ['software'], software)
      await world.apply([zk])
      return { ...standing, zk }
    },
  },
  {
    name: 'Spark: 3.5.7 → 3.5.8',
    async apply(world, standing) {
      const { file, sha512 } = await sparkArchive(console.log, '3.5.8')
      const software = { archive: { url: `file://${file}`, sha512 } }
      const spark = withSpec(withSpec(standing.spark, ['version'], '3.5.8'), ['software'], software)
      await world.apply([spark])
      return { ...standing, spark }
    },
    async check(world) {
      const masters = ['m1', 'm2'].map((name) => `${world.lab.host(name).address}:7077`)
      const job = await runSparkJob(world.lab.host('m4'), { code: countAndPi, masters, limitMs: 180_000 })
      if (job.results['count'] !== '1000') throw new Error(`the job after the upgrade: ${job.output.slice(-1000)}`)
    },
  },
  {
    name: 'm3 is off for ever (lifecycle: Lost): server 3 moves to m6, and no worker is declared on m3 any more',
    async apply(world, standing) {
      await world.lab.host('m3').powerOff()
      const host = exampleManifests('hosts', world.lab).find(({ metadata }) => metadata.name === 'm3')
      if (host === undefined) throw new Error('no Host m3')
      const zk = withSpec(standing.zk, ['members'], members([1, 'm1'], [2, 'm4'], [3, 'm6']))
      const spark = withWorkers(standing.spark, ['m4', 'm5', 'm6'])
      await world.apply([withSpec(host, ['lifecycle'], 'Lost'), zk, spark])
      return { zk, spark }
    },
    check: (world) => ensembleIs(world, ['m1', 'm4', 'm6']),
  },
  fencedAway(),
  forgotten(),
]
