// The first start of an HDFS on bare machines, with ironherd killed at every step of it in one manner, and what the disks say then.
import { join } from 'node:path'
import { exampleManifests } from '../world/manifests.ts'
import { startWorld } from '../world/world.ts'
import { killedAtEachStep, settle } from './crash-histories.ts'
import { begunAgain, type Clusters, type Deeds, deedsOf, differences, type Ending, endingOf } from './crash-records.ts'
import { type OnDisk, onDisk, plantFiles, readFiles } from './hdfs.ts'
import type { Moment } from './kill-at.ts'

const clusters: Clusters = [
  ['zookeepercluster', 'zk'],
  ['hdfscluster', 'files'],
]

interface FirstStart {
  /** Verbs at which it was killed, each with how often. */
  readonly kills: ReadonlyMap<string, number>
  readonly deeds: Deeds
  readonly disk: OnDisk
  readonly ending: Ending
  readonly seconds: number
}

/** `moment` undefined: undisturbed. A file is written and read in the end, or it throws. */
async function firstStart(moment: Moment | undefined): Promise<FirstStart> {
  const world = await startWorld({ lab: { hosts: 6 }, log: console.log })
  try {
    await world.operator.kill()
    const began = Date.now()
    await world.apply((['hosts', 'zookeeper', 'hdfs'] as const).flatMap((name) => exampleManifests(name, world.lab)))
    const ledger = join(world.lab.dir, 'hdfs.kills')
    const kills = moment === undefined ? [] : await killedAtEachStep(world, [moment], ledger, clusters)
    world.operator = await world.startOperator()
    await settle(world, 600_000, clusters)
    const seconds = (Date.now() - began) / 1000
    const planted = await plantFiles(world, 'm4', 20)
    if ((await readFiles(world, 'm6')) !== planted) throw new Error('what was read is not what was written')
    const verbs = Map.groupBy(kills, ({ label }) => label.split(' ')[0] ?? '')
    return {
      kills: new Map([...verbs].map(([verb, all]) => [verb, all.length])),
      deeds: await deedsOf(world),
      disk: await onDisk(world),
      ending: await endingOf(world, false, clusters),
      seconds,
    }
  } finally {
    await world.down()
  }
}

const header =
  '| killed | kills | at | formats begun | formats that ended | cluster, namespace and pool ids on all disks | promised epochs | moved aside | begun once more | end state differs in | s |\n|---|---|---|---|---|---|---|---|---|---|---|'

/** Resolves to whether each history ended with one format and as the undisturbed one did. */
export async function runHdfsCrashes(tell: (line: string) => void): Promise<boolean> {
  tell(header)
  const undisturbed = await firstStart(undefined)
  let fine = row('never', undisturbed, undisturbed, tell)
  for (const moment of ['before', 'sent', 'after'] as const) {
    try {
      fine = row(moment, undisturbed, await firstStart(moment), tell) && fine
    } catch (error) {
      fine = false
      tell(`| ${moment} | FAILED: ${String(error).slice(0, 1500).replaceAll('\n', ' ')} | | | | | | | | | |`)
    }
  }
  return fine
}

function row(killed: string, undisturbed: FirstStart, start: FirstStart, tell: (line: string) => void): boolean {
  const { deeds, disk, ending, kills, seconds } = start
  const formats = deeds.journal.filter(({ verb }) => verb === 'FormatNameNode')
  const [begun, ended] = ['intent', 'done'].map((phase) => formats.filter((line) => line.phase === phase).length)
  const ids = [disk.clusterIds, disk.namespaceIds, disk.blockPools].map(({ length }) => length)
  // What was moved aside is told in a column of its own.
  const different = differences(undisturbed.ending, ending).filter((line) => !line.includes('.aside-'))
  const listed = (lines: readonly string[]): string => (lines.length === 0 ? 'nothing' : lines.slice(0, 20).join('; '))
  const cells = [
    killed,
    [...kills.values()].reduce((sum, count) => sum + count, 0),
    listed([...kills].map(([verb, count]) => `${verb} × ${String(count)}`)),
    begun,
    ended,
    ids.join(', '),
    Object.entries(disk.epochs)
      .map(([host, epoch]) => `${host} ${String(epoch)}`)
      .join(', '),
    listed(disk.aside),
    listed(begunAgain(deeds.journal).again),
    listed(different),
    seconds.toFixed(0),
  ]
  tell(`| ${cells.join(' | ')} |`)
  return different.length === 0 && ended === 1 && ids.every((count) => count === 1)
}
