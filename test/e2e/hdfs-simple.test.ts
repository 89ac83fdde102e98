// The simple form of HDFS on real hosts: one NameNode, its secondary, three DataNodes, and what is lost when directories are.
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exampleManifests, type Manifest } from '../world/manifests.ts'
import { conditionOf, isReady, type Shown, startWorld, type World } from '../world/world.ts'
import { withSpec } from './edited.ts'
import { onDisk, plantFiles, readFiles } from './hdfs.ts'
import { doneSteps, unitOn } from './records.ts'

let world: World
let manifest: Manifest
let planted: string

function note(line: string): void {
  console.log(line)
  appendFileSync(`${world.lab.dir}/notes.md`, `${line}\n`)
}

const nameDirs = ['/data/dfs/nn', '/data/dfs/nn2']
const checkpoints = '/data/dfs/snn/current'

/** The example without what makes it highly available; a checkpoint every half minute. */
function simple(): Manifest {
  const [example] = exampleManifests('hdfs', world.lab)
  if (example === undefined) throw new Error('no example of HDFS')
  const lean = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
  const often = { 'dfs.namenode.checkpoint.period': '30', 'dfs.namenode.checkpoint.check.period': '5' }
  const group = { name: 'workers', hosts: ['m2', 'm3', 'm4'], dataDirs: [{ mount: '/data', path: 'dfs/dn' }] }
  const values: readonly (readonly [string, unknown])[] = [
    ...['zookeeperRef', 'journalNodes', 'failover'].map((field) => [field, undefined] as const),
    [
      'nameNodes',
      {
        members: [{ id: 'nn1', host: 'm1' }],
        nameDirs: ['dfs/nn', 'dfs/nn2'].map((path) => ({ mount: '/data', path })),
        jvm: { heap: '256m', options: lean },
      },
    ],
    [
      'secondary',
      {
        host: 'm2',
        checkpointDir: { mount: '/data', path: 'dfs/snn' },
        hdfsSite: often,
        jvm: { heap: '256m', options: lean },
      },
    ],
    ['dataNodeGroups', [{ ...group, jvm: { heap: '256m', options: lean } }]],
  ]
  return values.reduce((spec, [field, value]) => withSpec(spec, [field], value), example)
}

async function on(host: string, command: string, stdin?: string): Promise<string> {
  const outcome = await world.lab.host(host).exec(command, {
    timeoutMs: 60_000,
    ...(stdin === undefined ? {} : { stdin }),
  })
  if (outcome.code !== 0) throw new Error(`${host}: ${command}: exit ${String(outcome.code)} ${outcome.stderr}`)
  return outcome.stdout.trim()
}

/** The newest image in a directory, by its last transaction; -1: none. */
async function newestIn(host: string, directory: string): Promise<number> {
  const names = await on(host, `ls ${directory} 2>/dev/null; true`)
  return Math.max(-1, ...[...names.matchAll(/^fsimage_(\d+)$/gm)].map(([, txid]) => Number(txid)))
}

async function until(what: string, limitMs: number, test: () => Promise<boolean>): Promise<number> {
  const began = Date.now()
  while (!(await test())) {
    if (Date.now() - began > limitMs) throw new Error(`not within ${String(limitMs / 1000)} s: ${what}`)
    await sleep(500)
  }
  return (Date.now() - began) / 1000
}

/** A checkpoint that holds all that was done before now, at the secondary and at the NameNode. */
async function checkpointed(): Promise<number> {
  const before = await newestIn('m2', checkpoints)
  return until('a checkpoint', 120_000, async () => {
    const newest = await newestIn('m2', checkpoints)
    return newest > before && (await newestIn('m1', `${nameDirs[0] ?? ''}/current`)) >= newest
  })
}

function untilShown(what: string, test: (shown: Shown) => boolean, limitMs: number): Promise<Shown> {
  return world.until('hdfscluster', 'files', what, test, limitMs)
}

const settled = (shown: Shown): boolean => isReady(shown) && conditionOf(shown, 'UpToDate')?.status === 'True'

beforeAll(async () => {
  world = await startWorld({ lab: { hosts: 4 }, log: console.log })
})

afterAll(async () => {
  await (world as World | undefined)?.down()
})

describe('a simple HDFS on four hosts', () => {
  it('is made in one apply, and holds files', async () => {
    const began = Date.now()
    manifest = simple()
    await world.apply([manifest])
    await world.untilReady('hdfscluster', 'files', 300_000)
    note(`simple HDFS Ready after ${String((Date.now() - began) / 1000)} s`)
    planted = await plantFiles(world, 'm3', 20)
    expect(await readFiles(world, 'm4')).toBe(planted)
    const uid = (await world.get('hdfscluster', 'files'))?.metadata as { readonly uid?: string } | undefined
    const disk = await onDisk(world)
    expect(disk.clusterIds).toEqual([`CID-${uid?.uid ?? ''}`])
    expect([disk.namespaceIds.length, disk.blockPools.length, disk.epochs]).toEqual([1, 1, {}])
    expect((await doneSteps(world.lab)).filter((line) => line.includes(' FormatNameNode'))).toHaveLength(1)
  })

  it('has its checkpoints made by the secondary', async () => {
    note(`a checkpoint after ${String(await checkpointed())} s`)
    const shown = await untilShown('with a checkpoint', ({ status }) => lastCheckpoint(status) !== undefined, 30_000)
    note(`status.hdfs.lastCheckpoint: ${lastCheckpoint(shown.status) ?? ''}`)
  })

  it('has a killed NameNode back', async () => {
    const unit = await unitOn(world.lab, 'm1', 'hdfs-namenode')
    await on('m1', `systemctl kill -s KILL ${unit}`)
    // Nobody could have taken over: until it has heard of the blocks a client is told that it is in safe mode.
    const seconds = await until('the files read', 120_000, async () => {
      const read = await readFiles(world, 'm4').catch(() => '')
      return read === planted
    })
    note(`all files read again ${String(seconds)} s after the NameNode was killed`)
    await untilShown('Ready', settled, 120_000)
  })

  it('is restarted for new files, and told to be down for it', async () => {
    manifest = withSpec(manifest, ['nameNodes', 'hdfsSite'], { 'dfs.namenode.handler.count': '12' })
    const before = await doneSteps(world.lab)
    await world.apply([manifest])
    await untilShown(
      'settled',
      (shown) => shown.status?.observedGeneration === shown.metadata.generation && settled(shown),
      180_000,
    )
    const steps = (await doneSteps(world.lab)).filter((line) => !before.includes(line))
    expect(steps.filter((line) => line.includes(' RestartUnit')).map((line) => line.split(' ')[2])).toEqual([
      'hdfs-namenode-nn1',
    ])
  })

  it('fills one of several name directories again', async () => {
    // Of what the NameNode removes itself meanwhile, find would say that it is not there.
    await on('m1', `rm -rf ${nameDirs[1] ?? ''}/*`)
    const seconds = await until(
      'an image in it',
      300_000,
      async () => (await newestIn('m1', `${nameDirs[1] ?? ''}/current`)) > 0,
    )
    note(`the lost name directory has an image again after ${String(seconds)} s`)
    await untilShown('Ready', settled, 120_000)
    const steps = await doneSteps(world.lab)
    expect(steps.some((line) => /hdfs-namenode-nn1 RestartUnit/.test(line))).toBe(true)
    expect(await readFiles(world, 'm4')).toBe(planted)
  })

  it('is never formatted when all of them are lost: a person is told of the checkpoint, and puts it back', async () => {
    note(`a checkpoint after ${String(await checkpointed())} s`)
    const unit = await unitOn(world.lab, 'm1', 'hdfs-namenode')
    const wipe = nameDirs.map((dir) => `find ${dir} -mindepth 1 -delete`).join('; ')
    await on('m1', `systemctl stop ${unit}; ${wipe}; systemctl start ${unit}`)
    const shown = await untilShown(
      'told of the copy',
      ({ status }) => /the secondary on m2 has the image of transaction \d+ in /.test(JSON.stringify(status)),
      120_000,
    )
    expect(conditionOf(shown, 'Available')).toMatchObject({ status: 'False', reason: 'DataLost' })
    note(conditionOf(shown, 'Available')?.message ?? '')
    await sleep(20_000)
    expect(await on('m1', `find ${nameDirs.join(' ')} -name VERSION`)).toBe('')
    const copy = await on('m2', 'tar -C /data/dfs/snn -cf - current | base64 -w 0')
    const put = nameDirs.map((dir) => `base64 -d <"$f" | tar -C ${dir} -xf -`).join(' && ')
    const began = Date.now()
    await on('m1', `f=$(mktemp) && cat >"$f" && ${put} && chown -R hdfs:hdfs ${nameDirs.join(' ')}`, copy)
    await untilShown('Ready', settled, 240_000)
    note(`Ready ${String((Date.now() - began) / 1000)} s after the image was put back`)
    expect(await readFiles(world, 'm4')).toBe(planted)
    expect((await doneSteps(world.lab)).filter((line) => line.includes(' FormatNameNode'))).toHaveLength(1)
  })

  it('goes on as it is while what it is to become cannot be, and stays simple when the spec is put back', async () => {
    const [example] = exampleManifests('hdfs', world.lab)
    const { journalNodes } = (example?.spec ?? {}) as { readonly journalNodes?: unknown }
    const before = await doneSteps(world.lab)
    const changes: readonly (readonly [readonly (string | number)[], unknown])[] = [
      [['journalNodes'], journalNodes],
      [['zookeeperConnect'], '192.0.2.9:2181'],
      [['secondary'], undefined],
      [['nameNodes', 'members', 1], { id: 'nn2', host: 'm2' }],
      // Its secondary told it of that.
      [['nameNodes', 'hdfsSite', 'dfs.namenode.checkpoint.period'], '30'],
    ]
    await world.apply([changes.reduce((spec, [path, value]) => withSpec(spec, path, value), manifest)])
    await untilShown(
      'waits for ZooKeeper',
      ({ status }) => /whether ZooKeeper is free for it/.test(JSON.stringify(status)),
      300_000,
    )
    await sleep(5000)
    const done = (await doneSteps(world.lab)).filter((line) => !before.includes(line))
    const others = done.filter((line) => !/ hdfs-journalnode-m[123] /.test(line))
    expect(others.filter((line) => !/-(nn2|zkfc-nn1) (EnsureDirectory|WriteFile|ReloadUnits)$/.test(line))).toEqual([])
    expect(await readFiles(world, 'm4')).toBe(planted)
    await world.apply([manifest])
    await untilShown(
      'Ready',
      (shown) => shown.status?.observedGeneration === shown.metadata.generation && settled(shown),
      180_000,
    )
    expect(await on('m3', "systemctl list-units --plain --no-legend '*journalnode*'; true")).toBe('')
  })
})

function lastCheckpoint(status: Shown['status']): string | undefined {
  return (status?.['hdfs'] as { readonly lastCheckpoint?: string } | undefined)?.lastCheckpoint
}
