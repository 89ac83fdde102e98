// What a cluster that lives on m1 to m3 must not be made to do, and what it says when its servers are in trouble.
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Manifest, namespace } from '../world/manifests.ts'
import { conditionOf, type World } from '../world/world.ts'
import { named, withSpec } from './edited.ts'
import { unitOn } from './records.ts'
import { type Answer, remove, type Situation } from './refusal.ts'
import { asRoot } from './refusals-logins.ts'

const readyMs = 180_000

/** `zk`: the manifest of the ensemble that serves on m1 to m3; `solo`: one server of which nothing stands yet. */
export function livingRefusals(world: World, zk: Manifest, solo: Manifest): readonly Situation[] {
  const on = { kind: 'ZookeeperCluster', name: zk.metadata.name }
  const servesAgain = async (): Promise<void> => void (await world.untilReady(on.kind, on.name, readyMs))
  const edited = (
    name: string,
    reason: Situation['reason'],
    path: string,
    value: unknown,
    says: RegExp,
  ): Situation => ({
    name,
    reason,
    on,
    then: () => world.apply([withSpec(zk, [path], value)]),
    undo: async () => {
      await world.apply([zk])
      await servesAgain()
    },
    says,
  })
  const stepsOnM3 = onOtherPorts(withSpec(solo, ['members'], [{ id: 1, host: 'm3' }]))
  const all = ['m1', 'm2', 'm3'] as const
  return [
    edited(
      'another quorum port of a living ensemble',
      'MembershipChangeUnsupported',
      'ports',
      { quorum: 2889 },
      /on m1 was started with endpoint ".*:2888:3888", the spec now says ".*:2889:3888".*put the spec back/,
    ),
    edited(
      'a version of an older line for a living ensemble',
      'VersionChangeUnsupported',
      'version',
      '3.7.2',
      /spec\.version: 3\.7\.2 is of an older line than 3\.8\.4.*put it back/,
    ),
    edited(
      'another data directory of a living ensemble',
      'DataDirectoryChangeUnsupported',
      'dataDir',
      { mount: '/data', path: 'elsewhere' },
      /on m1 was started with dataDir "\/data\/zookeeper", the spec now says "\/data\/elsewhere".*put the spec back/,
    ),
    {
      name: 'a server that is masked by a fence',
      reason: 'Fenced',
      on,
      given: async () => {
        const unit = await unitOn(world.lab, 'm3', 'zookeeper')
        const fences = '/var/lib/ironherd/fences'
        await asRoot(world, 'm3', `mkdir -p ${fences} && touch ${fences}/${unit} && systemctl mask --quiet ${unit}`)
      },
      undo: async () => {
        await asRoot(world, 'm3', 'rm -r /var/lib/ironherd/fences')
        await servesAgain()
      },
      says: /m3: .*masked by a fence.*\/var\/lib\/ironherd\/fences\//,
    },
    {
      name: 'all hosts of a cluster out of sight at once',
      reason: 'LostSight',
      on,
      given: async () => void (await Promise.all(all.map((host) => world.lab.host(host).partition('controller')))),
      undo: async () => {
        await Promise.all(all.map((host) => world.lab.host(host).heal()))
        await servesAgain()
      },
      limitMs: 90_000,
      says: /none of 3 hosts can be seen.*m1.*nothing is touched/,
    },
    {
      name: 'two of three servers frozen',
      reason: 'BreakerOpen',
      on,
      given: () => signalled(world, ['m2', 'm3'], 'STOP'),
      undo: async () => {
        await signalled(world, ['m2', 'm3'], 'CONT')
        await servesAgain()
      },
      limitMs: 120_000,
      says: /zookeeper-2 \(unhealthy\).*zookeeper-3 \(unhealthy\)/,
    },
    {
      name: 'a machine that has seen a newer leader',
      reason: 'EpochSuperseded',
      on: { kind: solo.kind, name: solo.metadata.name },
      given: () => asRoot(world, 'm3', 'cd /var/lib/ironherd && cp -p epoch saved && echo 99999999999 > epoch'),
      then: () => world.apply([stepsOnM3]),
      answer: lastWords,
      undo: async () => {
        // Deleted before anybody is there to act for it, so that m3 gets nothing of it.
        await world.lab.kube.kubectl(['delete', solo.kind, solo.metadata.name, '-n', namespace, '--wait=false'])
        await asRoot(world, 'm3', 'cd /var/lib/ironherd && mv saved epoch')
        world.operator = await world.startOperator()
        await remove(world, stepsOnM3)
        await servesAgain()
      },
      says: /m3.*epoch 99999999999.*newer than/,
    },
  ]
}

function onOtherPorts(manifest: Manifest): Manifest {
  return withSpec(manifest, ['ports'], { client: 3181, quorum: 4888, election: 5888 })
}

async function signalled(world: World, hosts: readonly string[], signal: string): Promise<void> {
  for (const host of hosts) {
    await asRoot(world, host, `systemctl kill -s ${signal} ${await unitOn(world.lab, host, 'zookeeper-')}`)
  }
}

/** The process stops, which no condition can say: what its log ends with. */
async function lastWords(world: World): Promise<Answer> {
  const { pid, logFile } = world.operator
  const end = Date.now() + 60_000
  while (existsSync(`/proc/${String(pid)}`) && !isZombie(pid) && Date.now() < end) await sleep(300)
  const words = readFileSync(logFile, 'utf8').trim().split('\n').at(-1) ?? ''
  const ended = Date.now() < end
  return { who: 'ironherd', reason: ended ? 'EpochSuperseded' : 'nothing', words }
}

function isZombie(pid: number): boolean {
  return /^State:\s+Z/m.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))
}

/** The data of the ensemble is lost, server after server; every copy that is taken away comes back at the end. */
export function lossRefusals(world: World, zk: Manifest, spark: Manifest): readonly Situation[] {
  const on = { kind: 'ZookeeperCluster', name: zk.metadata.name }
  const lose = (host: string) => async (): Promise<void> => {
    const unit = await unitOn(world.lab, host, 'zookeeper-')
    // Away before the stop: between the two nobody could start it with its data.
    await asRoot(world, host, `mv /data/zookeeper/version-2 /data/kept && systemctl stop ${unit}`)
    await asRoot(world, host, 'rm -rf /data/zookeeper/version-2')
  }
  const back = (host: string) =>
    asRoot(world, host, 'rm -rf /data/zookeeper/version-2 && mv /data/kept /data/zookeeper/version-2')
  return [
    {
      name: 'a server without its data, while another host is off',
      reason: 'RejoinRefused',
      on,
      given: async () => {
        await world.lab.host('m2').powerOff()
        await lose('m3')()
      },
      limitMs: 90_000,
      says: /zookeeper-3 on m3 lost its data.*no other member leads.*Bring the other members back first/,
    },
    {
      name: 'a Spark cluster whose ensemble has no quorum',
      reason: 'UpstreamNotReady',
      on: { kind: 'SparkCluster', name: spark.metadata.name },
      applies: [spark],
      limitMs: 300_000,
      meanwhile: {
        what: 'software, users, directories and files are made ready; nobody is started',
        changes: /^\S+:( ran |\/)/,
      },
      says: /ZookeeperCluster\/zk/,
    },
    {
      name: 'two of three servers without their data',
      reason: 'DataLost',
      on,
      given: async () => {
        await lose('m1')()
        await world.lab.host('m2').powerOn()
      },
      undo: async () => {
        await Promise.all([back('m1'), back('m3')])
        await world.untilReady(on.kind, on.name, readyMs)
      },
      limitMs: 90_000,
      says: /zookeeper-1 on m1 lost its data|zookeeper-1 .*zookeeper-3.*backup/,
    },
  ]
}

/** Two masters that were told of one ensemble by name, and find another one under it each. */
export function twoLeaders(world: World, solo: Manifest, spark: Manifest): Situation {
  const other = withSpec(named(solo, 'other'), ['members'], [{ id: 1, host: 'm4' }])
  const split = withSpec(spark, ['standalone', 'recovery'], { zookeeperConnect: 'ensemble.example:2181' })
  const names = (host: string, of: string): Promise<void> =>
    asRoot(world, host, `echo '${world.lab.host(of).address} ensemble.example' >> /etc/hosts`)
  const leads = (shown: Parameters<typeof conditionOf>[0]): boolean =>
    conditionOf(shown, 'Available')?.reason === 'TwoLeaders'
  return {
    name: 'two masters that find two ensembles under one name',
    reason: 'TwoLeaders',
    on: { kind: spark.kind, name: spark.metadata.name },
    given: async () => {
      await world.apply([other])
      await Promise.all([names('m5', 'm1'), names('m6', 'm4')])
      await world.untilReady(other.kind, 'other', readyMs)
      await world.apply([split])
      await world.until(spark.kind, spark.metadata.name, 'led twice', leads, 360_000)
      await sleep(10_000)
    },
    applies: [split],
    undo: async () => {
      for (const host of ['m5', 'm6'])
        await asRoot(world, host, `sed -i '/ensemble\\.example/d' /etc/hosts 2>/dev/null || true`)
    },
    says: /spark-master-m5.*spark-master-m6|m5.*m6.*one ZooKeeper ensemble/,
  }
}
