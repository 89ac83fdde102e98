// Every fault of a file system on real hosts, one after the other, under a client that writes and reads all the time.
import { copyFileSync } from 'node:fs'
import { exampleManifests } from '../world/manifests.ts'
import { startWorld, type World } from '../world/world.ts'
import { commonCells, commonColumns, type Fault, type FaultResult, runFault, tableHeader, tableRow } from './fault.ts'
import { type Check, type HdfsClient, type Lap, startHdfsClient } from './hdfs-client.ts'
import { everyHdfsFault } from './hdfs-every-fault.ts'

const hdfsClusters = [
  ['zookeepercluster', 'zk'],
  ['hdfscluster', 'files'],
] as const

/** It runs a journal and a server of ZooKeeper, and is off only when all are. */
const clientHost = 'm3'
const healLimitMs = 420_000

interface HdfsScene {
  readonly world: World
  readonly client: HdfsClient
}

/** What a fault did to the cluster, and to the client. */
interface HdfsFaultResult {
  readonly result: FaultResult
  readonly lap: Lap
  readonly check: Check
}

/** A fault to its end, and then every file read. */
export async function runHdfsFault({ client, world }: HdfsScene, fault: Fault): Promise<HdfsFaultResult> {
  await client.lap()
  const result = await runFault(world, fault, { limitMs: healLimitMs, clusters: hdfsClusters })
  const check = await client.check(120_000)
  return { result, lap: await client.lap(), check }
}

/** Whether nothing wrong was read, every file is there, and nobody was restarted whom nobody harmed. */
function isFine({ check, lap, result }: HdfsFaultResult): boolean {
  return lap.wrong.length + check.wrong + check.failed + result.collateral.length === 0
}

const columns = [
  ...commonColumns,
  'in between',
  'longest stall of writes, s',
  'of reads, s',
  'operations acknowledged',
  'failed',
  'wrong data',
  'files intact',
]

const hdfsHeader = tableHeader(columns)

export function hdfsRow({ check, lap, result }: HdfsFaultResult): string {
  const seconds = (ms: number): string => (ms / 1000).toFixed(1)
  return tableRow([
    ...commonCells(result),
    result.notes.join('; ') || '-',
    seconds(lap.longestWriteMs),
    seconds(lap.longestReadMs),
    String(lap.writes + lap.reads),
    String(lap.failed.length),
    lap.wrong.join('; ') || '0',
    `${String(check.good)} of ${String(check.good + check.wrong + check.failed)}`,
  ])
}

async function openScene(): Promise<HdfsScene> {
  const world = await startWorld({ lab: { hosts: 6 }, log: console.log })
  try {
    await world.apply([...exampleManifests('zookeeper', world.lab), ...exampleManifests('hdfs', world.lab)])
    for (const [kind, name] of hdfsClusters) await world.untilReady(kind, name, 300_000)
    return { world, client: await startHdfsClient(world, clientHost, 'files') }
  } catch (error) {
    await world.down()
    throw error
  }
}

/** After a failure: the same scene when it comes to rest, else a new one. */
async function restored(scene: HdfsScene, tell: (line: string) => void): Promise<HdfsScene> {
  try {
    for (const [kind, name] of hdfsClusters) await scene.world.untilReady(kind, name, 180_000)
    return scene
  } catch {
    tell('\nThe clusters did not become Ready again; what follows ran in a new lab.')
    await scene.world.down()
    return openScene()
  }
}

/** As runFaults, for the file system. */
export async function runHdfsFaults(
  words: readonly string[],
  tell: (line: string) => void,
  file: string,
): Promise<boolean> {
  const faults = everyHdfsFault.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
  if (faults.length === 0) return true
  let scene = await openScene()
  let fine = true
  tell(`\n${hdfsHeader}`)
  try {
    for (const [index, fault] of faults.entries()) {
      console.log(`HDFS ${String(index + 1)}/${String(faults.length)}: ${fault.name}`)
      try {
        const done = await runHdfsFault(scene, fault)
        tell(hdfsRow(done))
        for (const line of [...done.result.statusSaid, ...done.lap.failed]) console.log(`  ${line.slice(0, 400)}`)
        fine &&= isFine(done)
      } catch (error) {
        fine = false
        const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
        tell(tableRow([fault.name, 'FAILED', first.slice(0, 300), ...columns.slice(3).map(() => '')]))
        console.error(error)
        copyFileSync(scene.world.operator.logFile, `${file}.hdfs-${String(index + 1)}.log`)
        scene = await restored(scene, tell)
      }
    }
  } finally {
    await scene.world.down()
  }
  return fine
}
