// HDFS on six real hosts: from bare machines under a daemon that dies all the time, then through what breaks.
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exampleManifests, type Manifest } from '../world/manifests.ts'
import { startWorld, type World } from '../world/world.ts'
import { killedAtEachStep, settle } from './crash-histories.ts'
import type { Clusters } from './crash-records.ts'
import type { Fault } from './fault.ts'
import { onDisk, plantFiles, readFiles, topologyIn, withHdfs } from './hdfs.ts'
import { type HdfsClient, startHdfsClient } from './hdfs-client.ts'
import * as faults from './hdfs-faults.ts'
import { hdfsRow, runHdfsFault } from './hdfs-faults-campaign.ts'
import { staysSettled } from './scenarios.ts'

let world: World
let client: HdfsClient

const clusters: Clusters = [
  ['zookeepercluster', 'zk'],
  ['hdfscluster', 'files'],
]

function note(line: string): void {
  console.log(line)
  appendFileSync(`${world.lab.dir}/notes.md`, `${line}\n`)
}

/** Under a client that writes and reads all the time, and with every file of it read in the end. */
async function mended(fault: Fault): Promise<void> {
  const done = await runHdfsFault({ world, client }, fault)
  note(hdfsRow(done))
  expect(done.result.collateral, 'units that changed though nobody harmed them').toEqual([])
  expect(done.lap.wrong, 'files that did not hold what was acknowledged').toEqual([])
  expect([done.check.wrong, done.check.failed]).toEqual([0, 0])
  expect(done.check.good).toBeGreaterThanOrEqual(200)
}

/** Failure domains of the workers; m3, without a DataNode, has none. */
const racks: Readonly<Record<string, string>> = { m4: 'r1', m5: 'r2', m6: 'r2' }

function inRacks(): readonly Manifest[] {
  return exampleManifests('hosts', world.lab)
    .filter(({ kind }) => kind === 'Host')
    .map((host) => {
      const failureDomain = racks[host.metadata.name]
      return failureDomain === undefined ? host : { ...host, spec: { ...host.spec, failureDomain } }
    })
}

beforeAll(async () => {
  world = await startWorld({ lab: { hosts: 6 }, log: console.log })
})

afterAll(async () => {
  await (world as World | undefined)?.down()
})

describe('a highly available HDFS on six hosts', () => {
  it('is formatted once, though its operator is killed at every step of the way', async () => {
    await world.operator.kill()
    const began = Date.now()
    await world.apply([
      ...inRacks(),
      ...exampleManifests('zookeeper', world.lab),
      ...exampleManifests('hdfs', world.lab),
    ])
    const ledger = join(world.lab.dir, 'hdfs.kills')
    const kills = await killedAtEachStep(world, ['before', 'sent', 'after'], ledger, clusters)
    world.operator = await world.startOperator()
    await settle(world, 300_000, clusters)
    note(`HDFS Ready after ${String((Date.now() - began) / 1000)} s and ${String(kills.length)} kills`)
    const verbs = new Set(kills.map(({ label }) => label.split(' ')[0]))
    expect([...verbs]).toEqual(
      expect.arrayContaining(['FormatNameNode', 'BootstrapStandby', 'FormatFailover', 'StartUnit']),
    )
    const disk = await onDisk(world)
    note(`on disk: ${JSON.stringify(disk)}`)
    const { uid } = (await world.get('hdfscluster', 'files'))?.metadata ?? {}
    expect(disk.clusterIds).toEqual([`CID-${uid ?? ''}`])
    expect([disk.namespaceIds.length, disk.blockPools.length]).toEqual([1, 1])
    // Two NameNodes, three journals, three DataNodes with a pool each.
    expect(disk.versions).toHaveLength(2 + 3 + 2 * 3)
    expect(Object.keys(disk.epochs)).toEqual(['m1', 'm2', 'm3'])
    expect(Math.min(...Object.values(disk.epochs))).toBeGreaterThan(0)
  })

  it('keeps files that are written to it', async () => {
    const planted = await plantFiles(world, 'm4', 20)
    expect(await readFiles(world, 'm6')).toBe(planted)
  })

  it('knows its DataNodes by the racks of their hosts', async () => {
    const printed = await withHdfs(world, 'm4', 'hdfs dfsadmin -printTopology 2>/dev/null')
    expect(topologyIn(printed)).toEqual({
      '/r1': [world.lab.host('m4').address],
      '/r2': [world.lab.host('m5').address, world.lab.host('m6').address],
    })
  })

  it('is left alone by twenty further passes', async () => {
    const settled = await staysSettled(world, 20)
    note(`settled: ${JSON.stringify(settled)}`)
    expect(settled.changedFiles).toEqual([])
    expect(settled.changedUnits).toEqual([])
    expect(settled.suspicious).toEqual([])
  })

  it('serves a client', async () => {
    client = await startHdfsClient(world, 'm3', 'files')
    expect((await client.check(60_000)).good).toBeGreaterThanOrEqual(200)
  })

  it('fails over when the active NameNode is killed, and has it back as standby', () => mended(faults.nameNodeKilled))
  it('has a killed failover controller back', () => mended(faults.controllerKilled))
  it('has a killed DataNode back', () => mended(faults.dataNodeKilled))
  it('lets a wiped JournalNode rejoin', () => mended(faults.journalWiped('m3')))
  it('goes on when both failover controllers are killed', () => mended(faults.controllersKilled))
  it('gives a wiped standby an image of the active', () => mended(faults.standbyWiped))

  it('still is of one format', async () => {
    const disk = await onDisk(world)
    expect([disk.clusterIds.length, disk.namespaceIds.length, disk.blockPools.length]).toEqual([1, 1, 1])
  })
})
