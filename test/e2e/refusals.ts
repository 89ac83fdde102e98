// Every reason for which ironherd refuses or waits, provoked on real hosts: the list, in the order in which it is run.
import { exampleManifests, type Manifest, namespace } from '../world/manifests.ts'
import { conditionOf, type World } from '../world/world.ts'
import { named, withSpec } from './edited.ts'
import { approveForget } from './forget-change.ts'
import type { Situation } from './refusal.ts'
import { fenceRefusals } from './refusals-fences.ts'
import { hdfsRefusals } from './refusals-hdfs.ts'
import { worstOfHdfs } from './refusals-hdfs-worst.ts'
import { livingRefusals, lossRefusals, twoLeaders } from './refusals-living.ts'
import { loginRefusals } from './refusals-logins.ts'
import { placeRefusals } from './refusals-places.ts'

/** An ensemble of one on `spare`, which never had one. */
export function soloOn(world: World, spare: string): Manifest {
  const solo = named(first(exampleManifests('zookeeper', world.lab)), 'solo')
  const placed = withSpec(solo, ['members'], [{ id: 1, host: spare }])
  return withSpec(placed, ['dataDir'], { mount: '/data', path: 'solo' })
}

/** Those that take seconds, on a host of which no cluster knows. */
export function quickRefusals(world: World, host: Manifest): readonly Situation[] {
  const solo = soloOn(world, host.metadata.name)
  return [
    ...loginRefusals(world, host),
    ...specRefusals(world, solo),
    ...placeRefusals(world, solo, host.metadata.name),
  ]
}

/** All, on six hosts: the ensemble `zk` serves on m1 to m3, m6 is the spare one. */
export function everyRefusal(world: World): readonly Situation[] {
  const zk = first(exampleManifests('zookeeper', world.lab))
  const host = exampleManifests('hosts', world.lab).find(({ metadata }) => metadata.name === 'm6') ?? zk
  const solo = soloOn(world, 'm6')
  const spark = smallSpark(world)
  return [
    ...quickRefusals(world, host),
    ...releaseRefusals(world, solo, host),
    skewedClock(),
    firstStartRefused(world, solo),
    ...livingRefusals(world, zk, solo),
    ...fenceRefusals(world, zk, solo),
    twoLeaders(world, solo, withSpec(spark, ['deletionPolicy'], 'Stop')),
    ...lossRefusals(world, zk, named(spark, 'dependent')),
    ...hdfsRefusals(world),
    ...worstOfHdfs(world),
  ]
}

function first(manifests: readonly Manifest[]): Manifest {
  const [found] = manifests
  if (found === undefined) throw new Error('an example file is empty')
  return found
}

/** Masters on m5 and m6, one worker on m4, as the example recovers. */
function smallSpark(world: World): Manifest {
  const example = named(first(exampleManifests('spark', world.lab)), 'pair')
  const led = withSpec(example, ['standalone', 'masters', 'hosts'], ['m5', 'm6'])
  return withSpec(led, ['standalone', 'workerGroups'], [{ name: 'w', hosts: ['m4'], cores: 1, memory: '512m' }])
}

/** What the API server lets through, and ironherd does not. */
function specRefusals(world: World, solo: Manifest): readonly Situation[] {
  const on = { kind: 'ZookeeperCluster', name: solo.metadata.name }
  const paths = withSpec(smallSpark(world), ['paused'], true)
  const hosts = world.lab.hosts.map(({ name }) => name).slice(-2)
  const led = withSpec(
    withSpec(paths, ['standalone', 'masters', 'hosts'], hosts),
    ['standalone', 'workerGroups'],
    [{ name: 'w', hosts: hosts.slice(0, 1) }],
  )
  const elder = withSpec(led, ['standalone', 'recovery'], { zookeeperConnect: 'zk.example:2181', path: '/spark' })
  return [
    {
      name: 'a version that is too old',
      reason: 'InvalidSpec',
      on,
      applies: [withSpec(solo, ['version'], '3.4.14')],
      says: /spec\.version: 3\.4\.14 is older than \d.*use a newer one/,
    },
    {
      name: 'an option of the JVM for which there is a field',
      reason: 'OwnedKey',
      on,
      applies: [withSpec(solo, ['jvm'], { options: ['-Xmx2g'] })],
      says: /spec\.jvm\.options.*-Xmx2g.*jvm\.heap/,
    },
    {
      name: 'a plan that waits for approval',
      reason: 'PlanAwaitsApproval',
      on,
      applies: [withSpec(solo, ['planPolicy'], 'ApproveAll')],
      says: /kubectl patch clusterplan .*"approve":"[0-9a-f]{64}"/,
    },
    {
      name: 'two Spark clusters under one path of one ensemble',
      reason: 'RecoveryPathCollision',
      on: { kind: 'SparkCluster', name: 'younger' },
      applies: [named(elder, 'elder'), onOtherSparkPorts(named(elder, 'younger'))],
      says: /spec\.standalone\.recovery.*\/spark.*zk\.example:2181.*choose another path/,
    },
  ]
}

function onOtherSparkPorts(manifest: Manifest): Manifest {
  const masters = { ...(manifest.spec?.['standalone'] as { masters: object }).masters, port: 17077, webUiPort: 18080 }
  const moved = withSpec(manifest, ['standalone', 'masters'], masters)
  const [group] = (moved.spec?.['standalone'] as { workerGroups: readonly object[] }).workerGroups
  const worker = { ...group, port: 17078, webUiPort: 18081, workDir: { mount: '/data', path: 'younger' } }
  return withSpec(moved, ['standalone', 'workerGroups'], [worker])
}

/** Objects that cannot go yet. */
function releaseRefusals(world: World, solo: Manifest, host: Manifest): readonly Situation[] {
  const spare = host.metadata.name
  const reached = async (): Promise<void> => {
    const test = (shown: Parameters<typeof conditionOf>[0]): boolean =>
      conditionOf(shown, 'Reachable')?.status === 'True'
    await world.until('host', spare, 'reached', test, 90_000)
  }
  const seen = async (): Promise<void> => {
    const test = (shown: Parameters<typeof conditionOf>[0]): boolean => conditionOf(shown, 'Ready') !== undefined
    await world.until(solo.kind, solo.metadata.name, 'seen', test, 60_000)
  }
  const deleted = async (kind: string, name: string): Promise<void> => {
    const { code, stderr } = await world.lab.kube.kubectl(['delete', kind, name, '-n', namespace, '--wait=false'])
    if (code !== 0) throw new Error(stderr)
  }
  return [
    {
      name: 'a Host that is deleted while a cluster names it',
      reason: 'InUse',
      on: { kind: 'Host', name: spare },
      applies: [withSpec(solo, ['paused'], true)],
      then: async () => {
        await seen()
        await deleted('host', spare)
      },
      undo: async () => {
        const gone = ['wait', '--for=delete', `host/${spare}`, '-n', namespace, '--timeout=60s']
        const { code, stderr } = await world.lab.kube.kubectl(gone)
        if (code !== 0) throw new Error(`it is still there: ${stderr}`)
        await world.apply([host])
        await reached()
      },
      says: /in use by ZookeeperCluster solo: delete or change/,
    },
    {
      name: 'a cluster that is to be stopped on a host out of reach',
      reason: 'ReleaseWaits',
      on: { kind: solo.kind, name: solo.metadata.name },
      given: async () => {
        await world.lab.host(spare).partition('controller')
        const lost = (shown: Parameters<typeof conditionOf>[0]): boolean =>
          conditionOf(shown, 'Reachable')?.status === 'False'
        await world.until('host', spare, 'out of reach', lost, 90_000)
        await world.apply([withSpec(solo, ['deletionPolicy'], 'Stop')])
        await seen()
      },
      then: () => deleted(solo.kind.toLowerCase(), solo.metadata.name),
      undo: async () => {
        // A person lets go of what nobody can see, instead of waiting for it.
        await approveForget(world, `zookeepercluster-${solo.metadata.name}`, spare)
        const gone = [
          'wait',
          '--for=delete',
          `zookeepercluster/${solo.metadata.name}`,
          '-n',
          namespace,
          '--timeout=60s',
        ]
        await world.lab.kube.kubectl(gone)
        await world.lab.host(spare).heal()
        await reached()
      },
      says: new RegExp(`zookeeper-1: ${spare}.*bring ${spare} back, or set spec\\.deletionPolicy to Retain`),
    },
  ]
}

/**
 * Hosts of the lab share the clock of their kernel, and with it that of ironherd: so ironherd's is the one that is wrong.
 * Its process believes that it is a minute later, in all that it does.
 */
function skewedClock(): Situation {
  const aMinuteAhead = `const D = Date; globalThis.Date = class extends D {
    constructor(...given) { if (given.length === 0) super(D.now() + 60000); else super(...given) }
    static now() { return D.now() + 60000 }
  }`
  const nodeArguments = ['--import', `data:text/javascript,${encodeURIComponent(aMinuteAhead)}`]
  return {
    name: 'a clock that is a minute behind that of ironherd',
    reason: 'ClockSkewed',
    on: { kind: 'Host', name: 'm5' },
    given: async (world) => {
      await world.operator.stop()
      world.operator = await world.startOperator({ nodeArguments })
    },
    undo: async (world) => {
      await world.operator.stop()
      world.operator = await world.startOperator()
    },
    says: /clock is about (60|61|59) s behind.*5 s.*time synchronisation/,
  }
}

function firstStartRefused(world: World, solo: Manifest): Situation {
  const hosts = ['m4', 'm5', 'm6']
  const trio = withSpec(
    withSpec(solo, ['dataDir'], { mount: '/data', path: 'trio' }),
    ['members'],
    hosts.map((host, index) => ({ id: index + 1, host })),
  )
  return {
    name: 'the first start of an ensemble while one of its hosts is off',
    reason: 'FirstStartRefused',
    on: { kind: trio.kind, name: trio.metadata.name },
    given: () => world.lab.host('m6').powerOff(),
    applies: [trio],
    undo: () => world.lab.host('m6').powerOn(),
    limitMs: 120_000,
    says: /m6.*could not be seen.*[Bb]ring/,
  }
}
