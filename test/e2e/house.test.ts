// The whole house on six real hosts: ZooKeeper and a highly available Spark, from bare machines through what breaks.
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkMetrics, startPrometheus } from '../lab/index.ts'
import { exampleManifests } from '../world/manifests.ts'
import { countAndPi, runSparkJob } from '../world/spark-job.ts'
import { conditionOf, startWorld, type World } from '../world/world.ts'
import { killedInRestarts, settle } from './crash-histories.ts'
import { type Fault, resultRow, runFault } from './fault.ts'
import * as faults from './faults.ts'
import { passes, scrape } from './metrics.ts'
import { changedFiles, changedUnits, changeTimes, unitRecords } from './records.ts'
import {
  applicationSurvivesLeader,
  canaryFails,
  dataLossHistory,
  disagreements,
  masterUrls,
  rollsEnsemble,
  staysSettled,
} from './scenarios.ts'

let world: World

function note(line: string): void {
  console.log(line)
  appendFileSync(`${world.lab.dir}/notes.md`, `${line}\n`)
}

beforeAll(async () => {
  world = await startWorld({ lab: { hosts: 6 }, log: console.log })
})

afterAll(async () => {
  // Undefined when it did not come up: that failure is told already.
  await (world as World | undefined)?.down()
})

async function mended(fault: Fault): Promise<void> {
  const result = await runFault(world, fault, { limitMs: 180_000 })
  note(resultRow(result))
  expect(result.collateral, 'units that changed though nobody harmed them').toEqual([])
}

describe('a house of ZooKeeper and Spark on six hosts', () => {
  it('comes up from bare machines with one kubectl apply', async () => {
    const began = Date.now()
    await world.apply([...exampleManifests('zookeeper', world.lab), ...exampleManifests('spark', world.lab)])
    await world.untilReady('zookeepercluster', 'zk', 300_000)
    note(`ZooKeeper Ready after ${String((Date.now() - began) / 1000)} s`)
    await world.untilReady('sparkcluster', 'analytics', 300_000)
    note(`Spark Ready after ${String((Date.now() - began) / 1000)} s`)
  })

  it('computes', async () => {
    const job = await runSparkJob(world.lab.host('m4'), {
      code: countAndPi,
      masters: masterUrls(world),
      limitMs: 180_000,
    })
    expect(job.results['count'], job.output.slice(-2000)).toBe('1000')
    expect(job.results['pi']).toMatch(/^3\.1[34]/)
  })

  it('is left alone by twenty further passes', async () => {
    const settled = await staysSettled(world, 20)
    note(`settled: ${JSON.stringify(settled)}`)
    expect(settled.changedFiles).toEqual([])
    expect(settled.changedUnits).toEqual([])
    expect(settled.suspicious).toEqual([])
  })

  it('offers metrics that promtool accepts, that Prometheus scrapes, and that agree with kubectl', async () => {
    const checked = await checkMetrics(await scrape(world))
    expect(`${checked.stdout}${checked.stderr}`.trim()).toBe('')
    expect(checked.code).toBe(0)
    const target = new URL(world.operator.metricsUrl).host
    const prometheus = await startPrometheus({
      config: `scrape_configs: [{ job_name: ironherd, scrape_interval: 1s, static_configs: [{ targets: ['${target}'] }] }]`,
    })
    try {
      const query = 'sum(ironherd_member_up{cluster="zk"})'
      await expect
        .poll(async () => (await prometheus.query(query))[0]?.value, { timeout: 60_000, interval: 500 })
        .toBe(3)
    } finally {
      await prometheus.stop()
    }
    expect(await disagreements(world)).toEqual([])
  })

  it('rolls a changed setting through the ensemble, one server at a time, the leader last', async () => {
    const roll = await rollsEnsemble(world, 2100)
    note(`roll: ${JSON.stringify(roll)}`)
    expect(roll.order.at(-1)).toBe(roll.leaderBefore)
    expect(roll.fewestRunning).toBeGreaterThanOrEqual(2)
    await world.untilReady('sparkcluster', 'analytics', 180_000)
  })

  it('restarts each server once though it is killed before, in and after these restarts', async () => {
    await world.operator.kill()
    const { kills, started } = await killedInRestarts(world, 2200).finally(async () => {
      world.operator = await world.startOperator()
    })
    note(`killed at: ${kills.join(', ')}; started by then: ${started.join(', ')}`)
    expect(kills).toEqual(['RestartUnit', 'RestartUnit', 'RestartUnit'])
    expect(started).toHaveLength(3)
    for (const line of started) expect(line).toMatch(/zookeeper-\d-[0-9a-f]+\.service × 1$/)
    await settle(world, 180_000)
  })

  it('has a killed ZooKeeper server back', () =>
    mended(faults.killed(faults.zookeeper, faults.followerOf(faults.zookeeper))))
  it('has a killed Spark worker back', () => mended(faults.killed(faults.worker, faults.on('m5'))))
  it('starts a worker that systemd gave up', () => mended(faults.startLimit(faults.worker, faults.on('m6'))))
  it('starts a stopped standby master', () => mended(faults.stopped(faults.master, faults.followerOf(faults.master))))
  it('unmasks a masked worker', () => mended(faults.masked(faults.worker, faults.on('m4'))))
  it('enables a disabled server without restarting it', () =>
    mended(faults.disabled(faults.zookeeper, faults.followerOf(faults.zookeeper))))
  it('puts an edited zoo.cfg back without a restart', () =>
    mended(faults.configEdited(faults.zookeeper, faults.on('m2'), 'zoo.cfg')))
  it('puts a deleted unit file back without a restart', () =>
    mended(faults.unitFileDeleted(faults.worker, faults.on('m5'))))
  it('puts a deleted myid back without a restart', () => mended(faults.myidDeleted(faults.on('m3'))))
  it('mends a damaged software directory', () =>
    mended(faults.softwareDamaged(faults.worker, faults.on('m6'), 'spark', 'bin/spark-class')))
  it('lets a wiped follower rejoin empty', () => mended(faults.dataWiped(faults.followerOf(faults.zookeeper))))
  it('restarts nothing while sshd of a host is down', () => mended(faults.sshdDown(faults.on('m5'), 20_000)))

  it('says so and touches nothing when it is cut off from all hosts', async () => {
    const result = await runFault(world, faults.cutOff(40_000), { limitMs: 120_000 })
    note(resultRow(result))
    expect(result.changed).toEqual([])
    expect(result.statusSaid.join('\n')).toContain('LostSight')
  })

  it('keeps a running application alive through the loss of the leading master', async () => {
    const survival = await applicationSurvivesLeader(world)
    note(`application: ${JSON.stringify(survival)}`)
    expect(survival.result).toBe(survival.expected)
    expect(survival.executorsAfter).toEqual(survival.executorsBefore)
    expect(survival.leaderAfter).not.toBe(survival.leaderBefore)
    expect(survival.aliveWorkers).toBe(3)
  })

  it('never loses an acknowledged write', async () => {
    const history = await dataLossHistory(world)
    note(`data-loss history: ${JSON.stringify(history)}`)
    expect(history.value).toBe('kept')
    expect(history.heldBack).toBe(true)
  })

  it('is not Ready while canary writes fail though every process runs', async () => {
    const restarted = await restartOperator({ canarySeconds: 10 })
    const canary = await canaryFails(world, 60_000)
    note(`canary: ${JSON.stringify(canary)}`)
    expect(canary.reason).toBe('CanaryFailed')
    await restarted()
  })

  it('outlives an API server that is down for 60 s, and a watch that is too old', async () => {
    const [files, units] = [await changeTimes(world.lab), await unitRecords(world.lab)]
    await world.lab.kube.stop()
    await sleep(60_000)
    await world.lab.kube.start()
    await world.lab.kube.compact()
    await world.untilReady('sparkcluster', 'analytics', 120_000)
    // The new leadership logs in again, which leaves a session on each host, and tells each of its epoch.
    const byNewLeadership = /\/run\/systemd\/transient(\/session-\d+\.scope)?$|\/var\/lib\/ironherd(\/epoch)?$/
    const others = changedFiles(files, await changeTimes(world.lab)).filter((path) => !byNewLeadership.test(path))
    expect(others).toEqual([])
    expect(changedUnits(units, await unitRecords(world.lab))).toEqual([])
    // It still hears of changes: pausing and going on again is seen in the status.
    await pause(true)
    await world.until(
      'sparkcluster',
      'analytics',
      'paused',
      (shown) => conditionOf(shown, 'Paused')?.status === 'True',
      60_000,
    )
    await pause(false)
    await world.untilReady('sparkcluster', 'analytics', 60_000)
  })

  it('has two replicas of which one acts', async () => {
    const [files, units] = [await changeTimes(world.lab), await unitRecords(world.lab)]
    const second = await world.startOperator({ name: 'second' })
    await sleep(15_000)
    expect(changedUnits(units, await unitRecords(world.lab))).toEqual([])
    expect(changedFiles(files, await changeTimes(world.lab))).toEqual([])
    await world.operator.kill()
    world.operator = second
    // The Lease of the dead one runs out, and the second takes over.
    const end = Date.now() + 90_000
    while ((await passes(world)) < 4 && Date.now() < end) await sleep(1000)
    expect(await passes(world)).toBeGreaterThan(3)
    await world.untilReady('sparkcluster', 'analytics', 60_000)
    expect(changedUnits(units, await unitRecords(world.lab))).toEqual([])
  })

  it('leaves everything running when an object is deleted, and resumes when it is applied again', async () => {
    const units = await unitRecords(world.lab)
    await world.lab.kube.kubectl(['delete', 'sparkcluster', 'analytics', '-n', 'big-data', '--timeout=60s'])
    expect(await world.get('sparkcluster', 'analytics')).toBeUndefined()
    expect(changedUnits(units, await unitRecords(world.lab))).toEqual([])
    await world.apply(exampleManifests('spark', world.lab))
    await world.untilReady('sparkcluster', 'analytics', 120_000)
    expect(changedUnits(units, await unitRecords(world.lab))).toEqual([])
  })
})

async function pause(paused: boolean): Promise<void> {
  const patch = JSON.stringify({ spec: { paused } })
  await world.lab.kube.kubectl(['patch', 'sparkcluster', 'analytics', '-n', 'big-data', '--type=merge', '-p', patch])
}

/** Another ironherd with other settings; the function returned brings back one with the usual ones. */
async function restartOperator(options: { readonly canarySeconds: number }): Promise<() => Promise<void>> {
  await world.operator.stop()
  world.operator = await world.startOperator({ name: 'canary', ...options })
  await world.untilReady('zookeepercluster', 'zk', 120_000)
  return async () => {
    await world.operator.stop()
    world.operator = await world.startOperator({ name: 'again' })
    await world.untilReady('zookeepercluster', 'zk', 120_000)
  }
}
