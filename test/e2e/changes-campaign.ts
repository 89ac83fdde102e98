// Runs the changes and tells a row for each: what was shown, what was run, what a client felt, what became of a job.
import { setTimeout as sleep } from 'node:timers/promises'
import { startLastingJob } from '../world/lasting-job.ts'
import { exampleManifests } from '../world/manifests.ts'
import { startWorld, type World } from '../world/world.ts'
import { type Approver, startApprover } from './approver.ts'
import { allChanges, type Change, jobIsRight } from './changes.ts'
import { changeHeader, changeRow, jobText, planPages } from './changes-table.ts'
import { runHdfsChanges } from './hdfs-changes.ts'
import { reconfigurations, superSecret } from './reconfig-change.ts'
import { doneSteps, unitRecords } from './records.ts'
import { masterUrls } from './scenarios.ts'
import { bring, type Standing } from './standing.ts'
import { watchWorkers } from './worker-states.ts'
import { startWriter, type Writer } from './writer.ts'

/** An ensemble that is told its list while it runs does not go back: those changes have clusters of their own. */
const rows = [allChanges, reconfigurations] as const

/** Each of the lists on one lab, in its order: each begins where the one before it ended, and none is begun after one that failed. */
export async function runChanges(words: readonly string[], tell: (line: string) => void): Promise<boolean> {
  for (const row of rows) {
    const changes = row.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
    if (changes.length > 0 && !(await runAll(changes, tell))) return false
  }
  return runHdfsChanges(words, tell)
}

async function runAll(changes: readonly Change[], tell: (line: string) => void): Promise<boolean> {
  const world = await startWorld({ lab: { hosts: 6 }, log: console.log })
  try {
    await world.apply([superSecret])
    await world.apply([...exampleManifests('zookeeper', world.lab), ...exampleManifests('spark', world.lab)])
    await world.untilReady('zookeepercluster', 'zk', 300_000)
    await world.untilReady('sparkcluster', 'analytics', 300_000)
    return await runOn(world, changes, tell)
  } finally {
    await world.down()
  }
}

/** Every step of both clusters waits for a person from here on, so that every plan is one that was shown. */
function asked(manifests: ReturnType<typeof exampleManifests>) {
  const [manifest] = manifests
  if (manifest === undefined) throw new Error('no examples')
  return { ...manifest, spec: { ...manifest.spec, planPolicy: 'ApproveAll' } }
}

async function runOn(world: World, changes: readonly Change[], tell: (line: string) => void): Promise<boolean> {
  let standing: Standing = {
    zk: asked(exampleManifests('zookeeper', world.lab)),
    spark: asked(exampleManifests('spark', world.lab)),
    gone: [],
  }
  await world.apply([standing.zk, standing.spark])
  const watch: Watch = {
    writer: startWriter(world.lab.hosts.map(({ address }) => `${address}:2181`)),
    approver: startApprover(world),
  }
  // A client that has not come in yet may hang for long on an address that is off.
  while (watch.writer.lap().writes === 0) await sleep(250)
  tell(changeHeader)
  const pages: string[] = []
  try {
    for (const change of changes) {
      const given = change.given?.(standing) ?? standing
      await bring(world, standing, given)
      const row = await runOne(world, change, given, watch)
      tell(changeRow(change.name, row))
      pages.push(...planPages(change.name, row.plans))
      standing = row.standing
    }
    return true
  } catch (error) {
    tell(`\nFAILED: ${error instanceof Error ? error.message : String(error)}`)
    return false
  } finally {
    tell(['', '## The plans as they were shown', ...pages].join('\n'))
    await watch.approver.stop()
    await watch.writer.stop()
  }
}

/** What an application sets so that its executors give up their work when their worker is told to. */
const decommissionable = {
  'spark.decommission.enabled': 'true',
  'spark.storage.decommission.enabled': 'true',
  'spark.storage.decommission.shuffleBlocks.enabled': 'true',
  'spark.storage.decommission.rddBlocks.enabled': 'true',
}

interface Watch {
  readonly writer: Writer
  readonly approver: Approver
}

async function runOne(world: World, change: Change, given: Standing, { approver, writer }: Watch) {
  const { lab } = world
  if (change.job === 'around') await jobIsRight(world)
  const job =
    change.job === 'through'
      ? await startLastingJob(lab.host('m1'), lab.hosts, masterUrls(world), decommissionable)
      : undefined
  const standing = await change.to(given, world)
  const [before, units] = [await doneSteps(world.lab), await unitRecords(lab)]
  await change.beside?.(world)
  const states = watchWorkers(
    ['m1', 'm2'].map((name) => lab.host(name)),
    lab.hosts,
  )
  writer.lap()
  approver.lap()
  const began = Date.now()
  await bring(world, given, standing)
  const { longestMs, writes } = writer.lap()
  const tookMs = Date.now() - began
  await change.check?.(world, units)
  const result = await job?.end()
  const workers = await states.end()
  if (result?.correct === false) throw new Error(`${change.name}: the job: ${result.output.slice(-3000)}`)
  if (change.job === 'around' || change.job === 'after') await jobIsRight(world)
  const steps = (await doneSteps(world.lab)).filter((line) => !before.includes(line))
  return {
    standing,
    tookMs,
    ...(change.withoutEnsemble === true ? {} : { client: { longestMs, writes } }),
    plans: approver.lap(),
    steps,
    job: jobText(change.job, result, workers),
  }
}
