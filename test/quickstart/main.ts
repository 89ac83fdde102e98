// The quickstart: from nothing to a repaired cluster, with the manifests and rights that deploy/ ships.
import '../tools/node-version.ts'
import { activeNameNode, hostOf, withHdfs } from '../e2e/hdfs.ts'
import { exampleManifests, type Manifest, namespace } from '../world/manifests.ts'
import { configurationOfWorker, runSparkJob, sumOfFile } from '../world/spark-job.ts'
import { isReady, startWorld, type World } from '../world/world.ts'
import { showMesos } from './mesos.ts'
import { say, sayRepairs, seconds, watchUntilReady } from './tell.ts'

const exitAtEnd = process.argv.includes('--exit')
const withMesos = process.argv.includes('--mesos')

function sparkHome(world: World): readonly string[] {
  return ['m1', 'm2'].map((name) => `${world.lab.host(name).address}:7077`)
}

/** Spark with the file system of the other example: one line more in its spec. */
function onHdfs(manifests: readonly Manifest[]): readonly Manifest[] {
  return manifests.map((manifest) =>
    manifest.kind === 'SparkCluster'
      ? { ...manifest, spec: { ...manifest.spec, hdfsRef: { name: 'files' } } }
      : manifest,
  )
}

const input = '/quickstart/input'
const output = '/quickstart/result'
const wanted = 'count 100000\nsum 5000050000\n'

/** The super user of the file system makes a directory for whoever runs the job, and puts the numbers there. */
async function putInput(world: World): Promise<void> {
  say(`hdfs dfs -put: the numbers from 1 to 100000 go to ${input}`)
  await withHdfs(
    world,
    'm5',
    `set -e; seq 100000 >numbers; chmod 644 numbers
hdfs dfs -mkdir -p /quickstart; hdfs dfs -put -f numbers ${input}; hdfs dfs -chown -R root /quickstart`,
  )
}

async function runJob(world: World): Promise<void> {
  say(`Spark job: count and sum of ${input}, by the configuration that stands beside a worker`)
  const {
    code,
    output: said,
    results,
  } = await runSparkJob(world.lab.host('m4'), {
    code: sumOfFile(input, output),
    masters: sparkHome(world),
    configuration: configurationOfWorker,
    limitMs: 300_000,
  })
  const { count = '?', input: place = '?', sum = '?' } = results
  say(`Spark job: exit ${String(code)}, read from ${place}, count=${count}, sum=${sum}`)
  if (count !== '100000' || sum !== '5000050000' || !place.startsWith('hdfs://')) {
    throw new Error(`the job's result is wrong:\n${said.slice(-4000)}`)
  }
  await readResult(world)
}

async function readResult(world: World): Promise<void> {
  const read = await withHdfs(world, 'm6', `hdfs dfs -cat '${output}/part-*'`)
  if (read !== wanted) throw new Error(`${output} reads ${JSON.stringify(read)}, not ${JSON.stringify(wanted)}`)
  say(`hdfs dfs -cat ${output}: ${read.trim().replaceAll('\n', ', ')}`)
}

/** Kills the active NameNode as a crash would, and reads what was written before. */
async function killNameNode(world: World): Promise<void> {
  const active = await activeNameNode(world)
  if (active === undefined) throw new Error('nobody says that it is active')
  say(`kill -9 of the active NameNode, ${active} on ${hostOf(active)}`)
  const killed = Date.now()
  await world.lab.host(hostOf(active)).exec('pkill -9 -f org.apache.hadoop.hdfs.server.namenode.NameNode')
  await readResult(world)
  say(`the file was read ${seconds(killed)} after the kill`)
  const moved = await world.until(
    'hdfscluster',
    'files',
    'led by another',
    (shown) => isReady(shown) && shown.status?.leader !== undefined && !shown.status.leader.endsWith(active),
    180_000,
  )
  say(`${moved.status?.leader ?? '?'} is active, the other one stands by, Ready again after ${seconds(killed)}`)
  sayRepairs(moved)
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
  say(`${moved.status?.leader ?? '?'} leads, every worker is registered with it, Ready again after ${seconds(killed)}`)
  sayRepairs(moved)
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
  console.log(`  HDFS:    hdfs://nameservice1; clients find it with the ConfigMap files-client`)
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
      await world.apply([
        ...exampleManifests('zookeeper', world.lab),
        ...exampleManifests('hdfs', world.lab),
        ...onHdfs(exampleManifests('spark', world.lab)),
      ])
      await watchUntilReady(world, 'zookeepercluster', 'zk')
      await watchUntilReady(world, 'hdfscluster', 'files')
      await watchUntilReady(world, 'sparkcluster', 'analytics')
      await putInput(world)
      await runJob(world)
      await killLeader(world)
      await killNameNode(world)
      if (withMesos) await showMesos(world)
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
