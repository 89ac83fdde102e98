// Every fault on real hosts, one after the other, with gauges compared and a Prometheus that watches.
import { copyFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type LabPrometheus, startPrometheus } from '../lab/index.ts'
import { exampleManifests, type Manifest } from '../world/manifests.ts'
import { startWorld, type World } from '../world/world.ts'
import { withSpec } from './edited.ts'
import { everyFault } from './every-fault.ts'
import { failedRow, resultHeader, resultRow, runFault } from './fault.ts'
import { type Span, scrapeConfig, whatPrometheusSaw } from './prometheus-saw.ts'

/** A world in which everything runs, watched by a Prometheus, and what was done in it so far. */
interface Scene {
  readonly world: World
  readonly prometheus: LabPrometheus
  readonly since: number
  readonly spans: Span[]
}

const healLimitMs = 300_000
const restLimitMs = 180_000

async function openScene(): Promise<Scene> {
  const world = await startWorld({ lab: { hosts: 6 }, log: console.log })
  try {
    await world.apply([
      ...exampleManifests('zookeeper', world.lab),
      ...exampleManifests('spark', world.lab).map(withAll),
    ])
    await allReady(world, 300_000)
    const prometheus = await startPrometheus({ config: scrapeConfig(world.operator.metricsUrl) })
    // It begins to scrape some seconds after it is ready.
    const limit = Date.now() + 30_000
    while ((await prometheus.query('up'))[0]?.value !== 1 && Date.now() < limit) await sleep(250)
    return { world, prometheus, since: Date.now(), spans: [] }
  } catch (error) {
    await world.down()
    throw error
  }
}

/** Says first what Prometheus saw. */
async function closeScene({ world, prometheus, since, spans }: Scene, tell: (line: string) => void): Promise<void> {
  try {
    for (const line of await whatPrometheusSaw(prometheus, since, spans)) tell(line)
  } finally {
    await prometheus.stop()
    await world.down()
  }
}

/** The example with the daemons that it leaves out. */
function withAll(manifest: Manifest): Manifest {
  const jvm = { heap: '256m' }
  const stateDir = { mount: '/data', path: 'spark/shuffle' }
  const history = { host: 'm3', eventLogDir: 'file:///data/spark/events', jvm }
  return withSpec(withSpec(manifest, ['standalone', 'shuffleService'], { stateDir, jvm }), ['historyServer'], history)
}

async function allReady(world: World, limitMs: number): Promise<void> {
  await world.untilReady('zookeepercluster', 'zk', limitMs)
  await world.untilReady('sparkcluster', 'analytics', limitMs)
}

/** After a failure: the same scene when it comes to rest, else a new one, so that one failure spoils nothing else. */
async function restored(scene: Scene, tell: (line: string) => void): Promise<Scene> {
  try {
    await allReady(scene.world, restLimitMs)
    return scene
  } catch {
    tell('\nThe clusters did not become Ready again; what follows ran in a new lab.')
    await closeScene(scene, tell)
    return openScene()
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 300) ?? ''
}

/**
 * Runs the faults whose name holds one of the words (none: all) one after the other; each line is told at once. Whether all of
 * them ended as they should. The operator's log of one that failed is kept as `<file>.<number>.log`.
 */
export async function runFaults(
  words: readonly string[],
  tell: (line: string) => void,
  file: string,
): Promise<boolean> {
  const faults = everyFault.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
  if (faults.length === 0) return true
  const began = Date.now()
  let scene = await openScene()
  let fine = true
  tell(resultHeader)
  try {
    for (const [index, fault] of faults.entries()) {
      const minutes = ((Date.now() - began) / 60_000).toFixed(1)
      console.log(`${String(index + 1)}/${String(faults.length)} after ${minutes} min: ${fault.name}`)
      const start = Date.now()
      try {
        const result = await runFault(scene.world, fault, { limitMs: healLimitMs, compareGauges: true })
        scene.spans.push({ name: fault.name, began: result.began, ended: result.ended })
        tell(resultRow(result))
        fine &&= result.collateral.length === 0 && result.gauges?.disagreements.length === 0
      } catch (error) {
        fine = false
        scene.spans.push({ name: fault.name, began: start, ended: Date.now() })
        tell(failedRow(fault.name, firstLine(error)))
        console.error(error)
        // The lab takes the log with it when it goes.
        copyFileSync(scene.world.operator.logFile, `${file}.${String(index + 1)}.log`)
        scene = await restored(scene, tell)
      }
    }
  } finally {
    await closeScene(scene, tell)
  }
  return fine
}
