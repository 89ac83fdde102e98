// `npm run campaign -- NAME`: the long sets that are too slow for every change, on real hosts, with a table as result.
import '../tools/node-version.ts'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exampleManifests } from '../world/manifests.ts'
import { startWorld, type World } from '../world/world.ts'
import { type Fault, resultHeader, resultRow, runFault } from './fault.ts'
import * as f from './faults.ts'
import { disagreements } from './scenarios.ts'

const { zookeeper, master, worker, on, leaderOf, followerOf } = f

/** Every fault that the first release promises to survive. */
const allFaults: readonly Fault[] = [
  f.killed(zookeeper, followerOf(zookeeper)),
  f.killed(zookeeper, leaderOf(zookeeper)),
  f.killed(master, followerOf(master)),
  f.killed(master, leaderOf(master)),
  f.killed(worker, on('m4')),
  f.startLimit(zookeeper, followerOf(zookeeper)),
  f.startLimit(master, leaderOf(master)),
  f.startLimit(worker, on('m5')),
  f.stopped(zookeeper, followerOf(zookeeper)),
  f.stopped(master, leaderOf(master)),
  f.stopped(worker, on('m6')),
  f.disabled(zookeeper, on('m1')),
  f.disabled(master, on('m1')),
  f.disabled(worker, on('m4')),
  f.masked(zookeeper, followerOf(zookeeper)),
  f.masked(master, followerOf(master)),
  f.masked(worker, on('m5')),
  f.unitFileEdited(zookeeper, on('m2')),
  f.unitFileDeleted(zookeeper, on('m3')),
  f.unitFileEdited(master, on('m2')),
  f.unitFileDeleted(worker, on('m6')),
  f.configEdited(zookeeper, on('m1'), 'zoo.cfg'),
  f.configDeleted(zookeeper, on('m2'), 'zoo.cfg'),
  f.configEdited(master, on('m1'), 'spark-env.sh'),
  f.configDeleted(worker, on('m4'), 'spark-env.sh'),
  f.myidEdited(on('m2')),
  f.myidDeleted(on('m3')),
  f.softwareDamaged(worker, on('m5'), 'spark', 'bin/spark-class'),
  f.softwareDamaged(zookeeper, on('m3'), '*zookeeper', 'conf/zoo_sample.cfg'),
  f.poweredOff('Spark leader: host powered off for 20 s', [leaderOf(master)], [{ host: 'm', part: 'spark-master' }]),
  f.poweredOff('two worker hosts powered off for 20 s', [on('m5'), on('m6')]),
  f.dataWiped(followerOf(zookeeper)),
  f.frozen(zookeeper, leaderOf(zookeeper), 60_000),
  f.sshdDown(on('m4'), 60_000),
  f.cutOff(60_000),
  f.allRebooted(),
]

const campaigns: Readonly<Record<string, (world: World) => Promise<string>>> = {
  async faults(world) {
    const rows = [resultHeader]
    const wanted = process.argv.slice(3)
    for (const fault of allFaults.filter(
      (each) => wanted.length === 0 || wanted.some((word) => each.name.includes(word)),
    )) {
      try {
        const result = await runFault(world, fault, { limitMs: 300_000 })
        rows.push(resultRow(result))
      } catch (error) {
        rows.push(
          `| ${fault.name} | FAILED | ${(error instanceof Error ? error.message : String(error)).slice(0, 2000)} | | |`,
        )
      }
      const wrong = await disagreements(world)
      if (wrong.length > 0) rows.push(`| ^ metrics and status disagree: ${wrong.join('; ')} | | | | | |`)
      console.log(rows.at(-1))
    }
    return rows.join('\n')
  },
}

const name = process.argv[2] ?? ''
const campaign = campaigns[name]
if (campaign === undefined) {
  console.error(
    `npm run campaign -- NAME [words of a fault's name…], with NAME one of: ${Object.keys(campaigns).join(', ')}`,
  )
  process.exit(1)
}
const world = await startWorld({ lab: { hosts: 6 }, log: console.log })
try {
  await world.apply([...exampleManifests('zookeeper', world.lab), ...exampleManifests('spark', world.lab)])
  await world.untilReady('zookeepercluster', 'zk', 300_000)
  await world.untilReady('sparkcluster', 'analytics', 300_000)
  const table = await campaign(world)
  const directory = join(import.meta.dirname, '../../campaign-results')
  mkdirSync(directory, { recursive: true })
  const file = join(directory, `${name}-${new Date().toISOString().replaceAll(':', '')}.md`)
  writeFileSync(file, `${table}\n`)
  console.log(`\n${table}\n\nkept in ${file}`)
  if (table.includes('FAILED')) process.exitCode = 1
} finally {
  await world.down()
}
process.exit()
