// What a living cluster must go through, each as one function that throws when a promise is broken and else returns figures.
import { setTimeout as sleep } from 'node:timers/promises'
import { executorStarts } from '../world/lasting-job.ts'
import { exampleManifests } from '../world/manifests.ts'
import { runSparkJob } from '../world/spark-job.ts'
import { conditionOf, isReady, type World } from '../world/world.ts'
import { leaderOf, master } from './daemons.ts'
import { withSpec } from './edited.ts'
import { passes } from './metrics.ts'
import { watchGauges } from './readings.ts'
import {
  changedFiles,
  changedUnits,
  changeTimes,
  traceMutations,
  type UnitRecord,
  unitOn,
  unitRecords,
} from './records.ts'

export function masterUrls(world: World): readonly string[] {
  return ['m1', 'm2'].map((name) => `${world.lab.host(name).address}:7077`)
}

export interface Stability {
  readonly passes: number
  readonly seconds: number
  readonly files: number
  readonly changedFiles: readonly string[]
  readonly changedUnits: readonly string[]
  /** Programs other than those of a look that ran on a host, by what was traced. */
  readonly suspicious: readonly string[]
}

/** `count` further passes over each cluster of a Ready house, with nothing done on any host. */
export async function staysSettled(world: World, count: number): Promise<Stability> {
  const clusters = 2
  const traced = await traceMutations(world.lab)
  const [files, units, began] = [await changeTimes(world.lab), await unitRecords(world.lab), Date.now()]
  const first = await passes(world)
  while ((await passes(world)) - first < count * clusters) await sleep(500)
  const ended = await passes(world)
  const seconds = (Date.now() - began) / 1000
  const suspicious = await traced()
  return {
    passes: (ended - first) / clusters,
    seconds,
    files: files.size,
    changedFiles: changedFiles(files, await changeTimes(world.lab)),
    changedUnits: changedUnits(units, await unitRecords(world.lab)),
    suspicious,
  }
}

/** ZooKeeper's own shell on the host; what it logs is left out of what it says. */
export async function zkCli(world: World, host: string, command: string): Promise<string> {
  const address = world.lab.host(host).address
  const classpath = '$(ls -d /opt/ironherd/*zookeeper-*)/lib/*'
  const script = `cd /tmp && echo ${JSON.stringify(command)} | timeout 60 java -Xmx64m -cp "${classpath}" org.apache.zookeeper.ZooKeeperMain -server ${address}:2181 2>&1`
  const { stdout } = await world.lab.host(host).exec(script, { timeoutMs: 90_000 })
  return stdout
    .split('\n')
    .filter((line) => !/ (DEBUG|INFO|WARN) /.test(line))
    .join('\n')
}

/**
 * The history that loses an acknowledged write on a default ZooKeeper (runbook §1.3): one member down, a write that the
 * other two acknowledge, all killed, one of the two wiped, and only the wiped one and the one that missed the write come
 * back. The write must still be there in the end. Returns what `/canary-history` holds.
 */
export async function dataLossHistory(
  world: World,
): Promise<{ readonly value: string; readonly heldBack: boolean; readonly seconds: number }> {
  const began = Date.now()
  const value = `kept-${String(began)}`
  const [wiped, holder, absent] = [world.lab.host('m1'), world.lab.host('m2'), world.lab.host('m3')]
  await absent.powerOff()
  await sleep(12_000)
  await zkCli(world, 'm2', 'create /canary-history x')
  const written = await zkCli(world, 'm2', `set /canary-history ${value}`)
  if (/KeeperErrorCode|not connected/i.test(written))
    throw new Error(`the write was not acknowledged: ${written.slice(-500)}`)
  if (!(await zkCli(world, 'm2', 'get /canary-history')).includes(value))
    throw new Error('the write cannot be read back')
  await Promise.all([wiped.powerOff(), holder.powerOff()])
  // Wiped while off: from the outside, on its disk.
  await wiped.powerOn()
  const unit = await unitOn(world.lab, 'm1', 'zookeeper')
  await wiped.exec(`systemctl stop ${unit}; find /data/zookeeper -mindepth 1 -delete; systemctl start ${unit}`)
  await absent.powerOn()
  // The wiped one and the one that missed the write are two of three: a default ensemble would elect one and lose it.
  await sleep(25_000)
  const mode = await absent.exec(`exec 3<>/dev/tcp/${absent.address}/2181 && printf srvr >&3 && timeout 3 cat <&3`)
  const heldBack = !/Mode: (leader|follower)/.test(mode.stdout)
  await holder.powerOn()
  await world.untilReady('zookeepercluster', 'zk', 240_000)
  await world.untilReady('sparkcluster', 'analytics', 240_000)
  const read = await zkCli(world, 'm3', 'get /canary-history')
  return {
    value: read.includes(value) ? 'kept' : `LOST: ${read.slice(-300)}`,
    heldBack,
    seconds: (Date.now() - began) / 1000,
  }
}

export interface Survival {
  readonly result: string
  readonly expected: string
  readonly executorsBefore: readonly string[]
  readonly executorsAfter: readonly string[]
  readonly leaderBefore: string
  readonly leaderAfter: string
  readonly aliveWorkers: number
  readonly failoverSeconds: number
  /** What masters and workers logged of executors from the kill on; for the case that one was lost. */
  readonly log: string
}

/** An application that works for over a minute while the leading master is killed. */
export async function applicationSurvivesLeader(world: World): Promise<Survival> {
  const code = `
val parts = sc.parallelize(1 to 30000, 60).map { i => Thread.sleep(if (i % 500 == 0) 2500 else 0); i.toLong }
println("RESULT sum=" + parts.reduce(_ + _))
val after = sc.parallelize(1 to 100, 4).map(_ * 2).reduce(_ + _)
println("RESULT after=" + after)
Thread.sleep(5000)
`
  const driver = world.lab.host('m4')
  const job = runSparkJob(driver, { code, masters: masterUrls(world), limitMs: 300_000 })
  const workers = ['m4', 'm5', 'm6'].map((name) => world.lab.host(name))
  const executors = (): Promise<readonly string[]> => executorStarts(workers)
  let before: readonly string[] = []
  for (let tries = 0; before.length < 3 && tries < 120; tries += 1) {
    await sleep(500)
    before = await executors()
  }
  if (before.length < 3) throw new Error(`the application has ${String(before.length)} executors`)
  await sleep(8000)
  const shown = await world.get('sparkcluster', 'analytics')
  const leaderBefore = shown?.status?.leader ?? ''
  const host = await leaderOf(master).host(world)
  const unit = await unitOn(world.lab, host, 'spark-master')
  const killedAt = Date.now()
  await world.lab.host(host).exec(`kill -9 $(systemctl show -p MainPID --value ${unit})`)
  const moved = await world.until(
    'sparkcluster',
    'analytics',
    'led by another',
    (object) => isReady(object) && object.status?.leader !== undefined && object.status.leader !== leaderBefore,
    120_000,
  )
  const failoverSeconds = (Date.now() - killedAt) / 1000
  const executorsAfter = await executors()
  const result = await job
  const leaderHost = await leaderOf(master).host(world)
  const json = await world.lab.host(leaderHost).exec(`curl -s http://${world.lab.host(leaderHost).address}:8080/json/`)
  const aliveWorkers = (JSON.parse(json.stdout) as { readonly aliveworkers: number }).aliveworkers
  return {
    result: `${result.results['sum'] ?? 'none'} ${result.results['after'] ?? 'none'}`,
    expected: `${String((30000 * 30001) / 2)} 10100`,
    executorsBefore: before,
    executorsAfter,
    leaderBefore,
    leaderAfter: moved.status?.leader ?? '',
    aliveWorkers,
    failoverSeconds,
    log: executorsAfter.join() === before.join() ? '' : await executorLog(world),
  }
}

async function executorLog(world: World): Promise<string> {
  const lines = await Promise.all(
    world.lab.hosts.map(async (host) => {
      const pattern = 'Executor|executor|re-register|MasterChanged|changed|elected|leader|disconnect'
      const { stdout } = await host.exec(
        `tail -qn 120 /var/log/ironherd/*spark*/*.log | grep -E '${pattern}' | tail -n 40`,
      )
      return stdout.split('\n').map((line) => `${host.name} ${line}`)
    }),
  )
  return lines.flat().join('\n')
}

/** Takes write access to the canary from everybody: each process runs on, and only the write fails. */
export async function canaryFails(
  world: World,
  limitMs: number,
): Promise<{ readonly reason: string; readonly message: string; readonly seconds: number }> {
  const path = '/ironherd-canary'
  const began = Date.now()
  await zkCli(world, 'm1', `setAcl ${path} world:anyone:ra`)
  const shown = await world.until(
    'zookeepercluster',
    'zk',
    'not Ready for its canary',
    // A daemon that was just started has not written one yet, and takes the Ready of the one before it back.
    (object) => {
      const said = conditionOf(object, 'Ready')
      return said?.status !== 'True' && said?.reason !== 'CanaryPending'
    },
    limitMs,
  )
  const seconds = (Date.now() - began) / 1000
  const ready = conditionOf(shown, 'Ready')
  await zkCli(world, 'm1', `setAcl ${path} world:anyone:cdrwa`)
  await world.untilReady('zookeepercluster', 'zk', limitMs)
  return { reason: ready?.reason ?? '', message: ready?.message ?? '', seconds }
}

/** Gauges against what kubectl shows and what the services themselves answer, over three passes; what differs, in words. */
export async function disagreements(world: World): Promise<readonly string[]> {
  return (await watchGauges(world).end()).disagreements
}

export interface Roll {
  readonly leaderBefore: string
  /** Hosts in the order in which their servers were started anew. */
  readonly order: readonly string[]
  /** Fewest servers whose process ran at any moment that was looked at. (While a new leader is elected none serves.) */
  readonly fewestRunning: number
  readonly seconds: number
}

/** A changed setting of the running ensemble: every server is restarted once, one at a time, the leader last. */
export async function rollsEnsemble(world: World, tickTimeMs: number): Promise<Roll> {
  const leaderBefore = `m${/(\d+)$/.exec((await world.get('zookeepercluster', 'zk'))?.status?.leader ?? '')?.[1] ?? '?'}`
  const before = (await unitRecords(world.lab)).filter((record) => record.unit.includes('zookeeper'))
  const began = Date.now()
  await world.apply(exampleManifests('zookeeper', world.lab).map((zk) => withSpec(zk, ['tickTimeMs'], tickTimeMs)))
  let fewestRunning = 3
  for (;;) {
    const units = await zookeeperUnits(world)
    fewestRunning = Math.min(fewestRunning, units.filter((record) => record.pid > 0).length)
    const shown = await world.get('zookeepercluster', 'zk')
    const done = shown !== undefined && isReady(shown) && conditionOf(shown, 'UpToDate')?.status === 'True'
    if (done && changedUnits(before, units).length === 3) break
    if (Date.now() - began > 240_000) throw new Error(`not rolled: ${JSON.stringify(shown?.status)}`)
    await sleep(200)
  }
  // The hosts of the lab share one kernel, and so one monotonic clock.
  const after = [...(await zookeeperUnits(world))].sort((a, b) => a.startedAt - b.startedAt)
  return {
    leaderBefore,
    order: after.map((record) => record.host),
    fewestRunning,
    seconds: (Date.now() - began) / 1000,
  }
}

async function zookeeperUnits(world: World): Promise<readonly UnitRecord[]> {
  return (await unitRecords(world.lab)).filter((record) => record.unit.includes('zookeeper'))
}
