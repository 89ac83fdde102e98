// Changes of clusters that run, one after the other, on the same six hosts.
import { sparkArchive } from '../lab/cache/spark.ts'
import { countAndPi, runSparkJob } from '../world/spark-job.ts'
import type { World } from '../world/world.ts'
import { deletions, partings } from './changes-deletion.ts'
import { ensembleIs, runsZookeeper } from './ensembles.ts'
import { fencedAway } from './fence-change.ts'
import { forgotten } from './forget-change.ts'
import { lose } from './lost-host.ts'
import type { UnitRecord } from './records.ts'
import { masterUrls } from './scenarios.ts'
import { members, type Standing, withSpark, withWorkers, withZk } from './standing.ts'

export interface Change {
  readonly name: string
  /** What the clusters must be like before it: a change that is run alone begins there, too. */
  given?(standing: Standing): Standing
  /** What is done beside the clusters' objects: before they change, and when it is known what they change to. */
  beside?(world: World): Promise<void>
  to(standing: Standing, world: World): Standing | Promise<Standing>
  /**
   * through: an application works from before it until after it. around: one before, and another after. after: one after.
   * Missing: the change itself takes the cluster away.
   */
  readonly job?: 'through' | 'around' | 'after'
  /** The ensemble goes or comes with it: there is nothing that a client could wait for. */
  readonly withoutEnsemble?: true
  /** Holds when it is done, besides what is `to` stand being Ready with nothing left to do. Throws with what is wrong. */
  check?(world: World, before: readonly UnitRecord[]): Promise<void>
}

function zkMembers(...places: readonly (readonly [id: number, host: string])[]): (standing: Standing) => Standing {
  return (standing) => withZk(standing, ['members'], members(...places))
}

const three = zkMembers([1, 'm1'], [2, 'm2'], [3, 'm3'])
const five = zkMembers([1, 'm1'], [2, 'm2'], [3, 'm3'], [4, 'm4'], [5, 'm5'])
const moved = zkMembers([1, 'm1'], [2, 'm4'], [3, 'm3'])

function workers(...hosts: readonly string[]): (standing: Standing) => Standing {
  return (standing) => withWorkers(standing, hosts, { memory: '640m' })
}

/** A small application that must come out right. */
export async function jobIsRight(world: World): Promise<void> {
  const job = await runSparkJob(world.lab.host('m1'), {
    code: countAndPi,
    masters: masterUrls(world),
    limitMs: 180_000,
  })
  if (job.results['count'] !== '1000') throw new Error(`the job: ${job.output.slice(-1000)}`)
}

export const allChanges: readonly Change[] = [
  {
    name: 'ZooKeeper: tick 2000 → 2500 ms',
    to: (standing) => withZk(standing, ['tickTimeMs'], 2500),
    job: 'through',
  },
  {
    name: 'ZooKeeper: three servers → five',
    given: three,
    to: five,
    job: 'through',
    check: (world) => ensembleIs(world, ['m1', 'm2', 'm3', 'm4', 'm5']),
  },
  {
    name: 'ZooKeeper: five servers → three',
    given: five,
    to: three,
    job: 'through',
    async check(world) {
      await ensembleIs(world, ['m1', 'm2', 'm3'])
      for (const name of ['m4', 'm5'])
        if (await runsZookeeper(world, name)) throw new Error(`${name} still runs a server`)
    },
  },
  {
    name: 'ZooKeeper: server 2 moves from m2 to m4, both alive',
    given: three,
    to: moved,
    job: 'through',
    async check(world) {
      await ensembleIs(world, ['m1', 'm4', 'm3'])
      if (await runsZookeeper(world, 'm2')) throw new Error('m2 still runs a server')
    },
  },
  { name: 'Spark: worker memory 1g → 640m', to: workers('m4', 'm5', 'm6'), job: 'through' },
  {
    name: 'Spark: a worker on m3 is added',
    given: workers('m4', 'm5', 'm6'),
    to: workers('m3', 'm4', 'm5', 'm6'),
    job: 'through',
  },
  {
    name: 'Spark: the worker on m6 is removed',
    given: workers('m3', 'm4', 'm5', 'm6'),
    to: workers('m3', 'm4', 'm5'),
    job: 'through',
  },
  {
    name: 'ZooKeeper: 3.8.4 → 3.9.3',
    to(standing, { lab }) {
      const { url, sha512 } = lab.artifacts['zookeeper-3.9.3']
      const archive = { url, sha512 }
      return withZk(withZk(standing, ['version'], '3.9.3'), ['software'], { archive })
    },
    job: 'through',
  },
  {
    name: 'Spark: 3.5.7 → 3.5.8',
    async to(standing) {
      const { file, sha512 } = await sparkArchive(console.log, '3.5.8')
      const archive = { url: `file://${file}`, sha512 }
      return withSpark(withSpark(standing, ['version'], '3.5.8'), ['software'], { archive })
    },
    job: 'around',
  },
  ...partings,
  {
    name: 'm3 is off for ever (lifecycle: Lost): server 3 moves to m6, and the worker of m3 as well',
    given: (standing) => moved(workers('m3', 'm4', 'm5')(standing)),
    beside: (world) => lose(world, 'm3'),
    to: (standing) => zkMembers([1, 'm1'], [2, 'm4'], [3, 'm6'])(workers('m4', 'm5', 'm6')(standing)),
    job: 'through',
    check: (world) => ensembleIs(world, ['m1', 'm4', 'm6']),
  },
  fencedAway(),
  forgotten(),
  ...deletions,
]
