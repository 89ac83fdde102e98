// The quickstart: from nothing to a repaired cluster, with the manifests and rights that deploy/ ships.
import { setTimeout as sleep } from 'node:timers/promises'
import '../tools/node-version.ts'
import { exampleManifests, namespace } from '../world/manifests.ts'
import { countAndPi, runSparkJob } from '../world/spark-job.ts'
import { conditionOf, isReady, type Shown, startWorld, type World } from '../world/world.ts'

const started = Date.now()
const exitAtEnd = process.argv.includes('--exit')

function say(line: string): void {
  const seconds = ((Date.now() - started) / 1000).toFixed(0).padStart(4)
  console.log(`${seconds} s  ${line}`)
}

function sparkHome(world: World): readonly string[] {
  return ['m1', 'm2'].map((name) => `${world.lab.host(name).address}:7077`)
}

/** Prints one line whenever what the object says of itself changes, until it is Ready. */
async function watchUntilReady(world: World, kind: string, name: string): Promise<Shown> {
  let last = ''
  const end = Date.now() + 15 * 60_000
  for (;;) {
    const shown = await world.get(kind, name)
    const line = shown === undefined ? 'not there yet' : progress(shown)
    if (line !== last) say(`${kind}/${name}: ${line}`)
    last = line
    if (shown !== undefined && isReady(shown)) return shown
    if (Date.now() > end) throw new Error(`${kind}/${name} did not become Ready`)
    await sleep(500)
  }
}

function progress(shown: Shown): string {
  const ready = conditionOf(shown, 'Ready')
  const members = shown.status?.members
  const count = members === undefined ? '' : `${String(members.healthy)}/${String(members.desired)} members, `
  return `${count}Ready=${ready?.status ?? 'Unknown'} ${ready?.reason ?? ''}${shown.status?.leader === undefined ? '' : `, leader ${shown.status.leader}`}`
}

async function runJob(world: World): Promise<void> {
  say('Spark job: parallelize(1 to 1000).count, and Pi')
  const result = await runSparkJob(world.lab.host('m4'), {
    code: countAndPi,
    masters: sparkHome(world),
    limitMs: 180_000,
  })
  say(
    `Spark job: exit ${String(result.code)}, count=${result.results['count'] ?? '?'}, pi=${result.results['pi'] ?? '?'}`,
  )
  if (result.results['count'] !== '1000' || !(result.results['pi'] ?? '').startsWith('3.1')) {
    throw new Error(`the job's result is wrong:\n${result.output.slice(-4000)}`)
  }
}

/** Kills the leading master's process on its host, as a crash would, and shows how it comes back. */
async function killLeader(world: World): Promise<void> {
  const before = await world.get('sparkcluster', 'analytics')
  const leader = before?.status?.leader ?? ''
  const host = leader.replace(/^spark-master-/, '')
  say(`kill -9 of the leading master, ${leader} on ${host}`)
  const killed = Date.now()
  await world.lab.host(host).exec('pkill -9 -f org.apache.spark.deploy.master.Master')
  const moved = await world.until(
    'sparkcluster',
    'analytics',
    'led by another',
    (shown) => isReady(shown) && shown.status?.leader !== undefined && shown.status.leader !== leader,
    180_000,
  )
  say(
    `${moved.status?.leader ?? '?'} leads, every worker is registered with it, Ready again after ${((Date.now() - killed) / 1000).toFixed(1)} s`,
  )
  for (const repair of moved.status?.repairs ?? []) {
    say(
      `  repaired: ${repair.member}: ${repair.cause}, by ${repair.by}${repair.seconds === undefined ? '' : `, ${repair.seconds.toFixed(1)} s`}`,
    )
  }
}

async function summary(world: World): Promise<void> {
  const kubeconfig = `${world.lab.dir}/admin.kubeconfig`
  world.lab.kube.adminKubeconfig(kubeconfig)
  const shown = await world.lab.kube.kubectl(['get', 'ironherd', '-n', namespace, '-o', 'wide'])
  console.log(`\n${shown.stdout}`)
  console.log('Where to look:')
  console.log(`  npm run lab -- --name ${world.lab.name} kubectl get ironherd -n ${namespace}`)
  console.log(`  npm run lab -- --name ${world.lab.name} kubectl describe sparkcluster analytics -n ${namespace}`)
  console.log(`  npm run lab -- --name ${world.lab.name} ssh m1`)
  console.log(`  export KUBECONFIG=${kubeconfig}`)
  console.log(`  metrics: ${world.operator.metricsUrl}`)
  console.log(`  Spark:   ${['m1', 'm2'].map((name) => `http://${world.lab.host(name).address}:8080`).join('  ')}`)
  console.log(`  log:     ${world.operator.logFile}\n`)
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
  })
}

async function quickstart(interrupted: Promise<void>): Promise<void> {
  const world = await startWorld({ lab: { hosts: 6 }, log: say })
  try {
    say('hosts, control plane and ironherd are up; kubectl apply -f deploy/examples/')
    const work = async (): Promise<void> => {
      await world.apply(exampleManifests('zookeeper', world.lab))
      await world.apply(exampleManifests('spark', world.lab))
      await watchUntilReady(world, 'zookeepercluster', 'zk')
      await watchUntilReady(world, 'sparkcluster', 'analytics')
      await runJob(world)
      await killLeader(world)
      await summary(world)
    }
    const done = await Promise.race([work().then(() => true), interrupted.then(() => false)])
    if (done && !exitAtEnd) {
      console.log('Running until Ctrl-C.')
      await interrupted
    }
  } finally {
    say('taking everything down')
    await world.down()
  }
}

try {
  await quickstart(untilSignal())
  say('done')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
process.exit()
