import { setTimeout as sleep } from 'node:timers/promises'
import type { Lab } from '../../test/lab/index.ts'
import { floorScript, openFloor } from '../floor.ts'
import { exampleSnapshot } from '../ironherd/example-snapshot.ts'
import { localArchives } from '../ironherd/local-archives.ts'
import { countMembers, countQuestions, createPasses, type Passes } from '../ironherd/passes.ts'
import { SnapshotStore } from '../ironherd/snapshot-store.ts'
import { loadNow, type Section } from '../page.ts'
import type { HostChecks } from '../peers/checks.ts'
import { type Bounds, type Contender, runRounds, toCsv, warm } from '../rounds.ts'
import { bareLab, type Log, workOf } from '../site.ts'
import { type Row, tableOf } from '../table.ts'

const before = 'ironherd, before HDFS'
const after = 'ironherd, with HDFS'
const floor = 'the floor, before HDFS'
const floorAfter = 'the floor, with HDFS'

/** A pass with nothing to do on the same hosts, before HDFS stands there and after. */
export async function hdfsPart(bounds: Bounds, log: Log): Promise<Section> {
  const lab = await bareLab(6, log)
  const opened: { close(): unknown }[] = []
  try {
    const load = loadNow()
    const measure = async (names: readonly [string, string], passes: Passes) => {
      const contenders = await contendersOf(names, lab, passes, opened)
      return runRounds(contenders, { lab: lab.name, bounds, warmUp: 1, log })
    }
    log('ironherd installs and starts ZooKeeper and Spark')
    const without = await settled(lab, ['zookeeper', 'spark'], opened)
    const samples = [...(await measure([before, floor], without))]
    log('HDFS is added')
    const withFiles = await settled(lab, ['zookeeper', 'spark', 'hdfs'], opened)
    samples.push(...(await measure([after, floorAfter], withFiles)))
    const rows: readonly Row[] = [before, after, floor, floorAfter].map((contender) => ({ contender, commands: '1' }))
    return {
      title: 'What HDFS adds to a pass with nothing to do, over 6 hosts',
      text: `${countMembers(without)} daemons and ${countQuestions(without)} questions before; ${countMembers(withFiles)} and ${countQuestions(withFiles)} with two NameNodes, their failover controllers,
three JournalNodes and three DataNodes beside them. A pass that takes more than one round trip to any host ends the benchmark.

${tableOf(rows, samples)}`,
      csv: toCsv(samples),
      load,
    }
  } finally {
    for (const each of opened) await each.close()
    await lab.down()
  }
}

async function settled(
  lab: Lab,
  examples: Parameters<typeof exampleSnapshot>[2],
  opened: { close(): unknown }[],
): Promise<Passes> {
  const passes = createPasses(new SnapshotStore(exampleSnapshot(lab, new Date(), examples)), localArchives(lab))
  opened.push(passes)
  await passes.settle(10 * 60_000)
  // The services are still busy with their start.
  await sleep(20_000)
  await passes.settle(60_000)
  return passes
}

async function contendersOf(
  [ours, least]: readonly [string, string],
  lab: Lab,
  passes: Passes,
  opened: { close(): unknown }[],
): Promise<readonly Contender[]> {
  await passes.once()
  const { checks } = workOf(lab, passes)
  const scripts = Object.entries(checks).map(([host, own]) => [host, floorScript(thatStays(own))] as const)
  const shells = await openFloor(lab, Object.fromEntries(scripts))
  opened.push(shells)
  return [warm(ours, () => passes.once()), warm(least, () => shells.once())]
}

/** The number of the last transaction grows all the time, and the floor compares what it sees with the first time. */
function thatStays(checks: HostChecks): HostChecks {
  return { ...checks, files: checks.files.filter(({ path }) => !path.endsWith('/seen_txid')) }
}
