// The edges of the house, on four hosts: trust, bad input, bastions, packages, other forms of recovery, deletion.
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReasonCode } from '../../src/model/reasons.ts'
import { exampleManifests, type Manifest, namespace } from '../world/manifests.ts'
import { countAndPi, runSparkJob } from '../world/spark-job.ts'
import { conditionOf, startWorld, type World } from '../world/world.ts'
import { badInputs } from './bad-inputs.ts'
import { named, withSpec } from './edited.ts'
import { unitRecords } from './records.ts'
import { remove as removeFrom, runSituation, situationHeader, situationRow } from './refusal.ts'
import { quickRefusals } from './refusals.ts'
import { refuseInputs } from './refused-inputs.ts'

let world: World

function note(line: string): void {
  console.log(line)
  appendFileSync(`${world.lab.dir}/notes.md`, `${line}\n`)
}

beforeAll(async () => {
  world = await startWorld({ lab: { hosts: 4 }, log: console.log })
  // The first login leaves a session on the host: it is over before anything is compared.
  for (const { name } of world.lab.hosts) await reached(name)
})

afterAll(async () => {
  // Undefined when it did not come up: that failure is told already.
  await (world as World | undefined)?.down()
})

async function reached(name: string): Promise<void> {
  await world.until('host', name, 'reached', (shown) => conditionOf(shown, 'Reachable')?.status === 'True', 90_000)
}

function hostManifest(name: string): Manifest {
  const found = exampleManifests('hosts', anyHost()).find(
    (manifest) => manifest.kind === 'Host' && manifest.metadata.name === name,
  )
  if (found === undefined) throw new Error(`no example host ${name}`)
  return found
}

/** The examples name six hosts; here are four. */
function anyHost(): World['lab'] {
  const { lab } = world
  return {
    ...lab,
    ssh: lab.ssh,
    artifacts: lab.artifacts,
    host: (name) => lab.host(/^m[1-4]$/.test(name) ? name : 'm1'),
  }
}

function example(file: 'zookeeper' | 'spark', name: string): Manifest {
  const [first] = exampleManifests(file, world.lab)
  if (first === undefined) throw new Error(`${file} is empty`)
  return named(first, name)
}

const remove = (manifest: Manifest): Promise<void> => removeFrom(world, manifest)

/** Those that take seconds; the rest is in `npm run campaign -- refusals`. */
const inEveryRun: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'ArchiveUnusable',
  'BastionMissing',
  'DiskFull',
  'DuplicateMachine',
  'FileNotOurs',
  'ForeignData',
  'ManagedByAnother',
  'NotADirectory',
  'PortTaken',
  'PrivateKeyUnusable',
  'ToolMissing',
])

describe('the edges of the house', () => {
  it('refuses every bad input with words that name field and value, and touches no host', async () => {
    expect(await refuseInputs(world, badInputs(anyHost()), note)).toEqual([])
  })

  it('refuses what stands in the way on a host, and changes nothing there', async () => {
    const quick = quickRefusals(world, hostManifest('m4')).filter(({ reason }) => inEveryRun.has(reason))
    const oneOfEach = quick.filter(({ reason }, at) => quick.findIndex((other) => other.reason === reason) === at)
    expect(oneOfEach).toHaveLength(inEveryRun.size)
    note(`\n${situationHeader}`)
    const wrong: string[] = []
    for (const situation of oneOfEach) {
      const result = await runSituation(world, situation)
      note(situationRow(result))
      wrong.push(...result.wrong.map((why) => `${result.name}: ${why}`))
    }
    expect(wrong).toEqual([])
  })

  it('shows the fingerprint of a host that is not pinned, and runs nothing there', async () => {
    const host = world.lab.host('m4')
    await host.startTrace()
    await world.apply([withSpec(hostManifest('m4'), ['ssh', 'hostKeys'], [])])
    const shown = await world.until(
      'host',
      'm4',
      'waiting for its key',
      (object) => conditionOf(object, 'HostKeyVerified')?.reason === 'HostKeyUnpinned',
      60_000,
    )
    const { stdout } = await host.exec(
      'for f in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $f | cut -d" " -f2; done',
    )
    const offered = shown.status?.['fingerprints'] as readonly string[] | undefined
    const fingerprints = stdout.trim().split('\n')
    expect(offered?.some((line) => fingerprints.some((fingerprint) => line.includes(fingerprint)))).toBe(true)
    await sleep(5000)
    const executed = await host.stopTrace()
    expect(executed.map((exec) => exec.argv.join(' ')).filter((line) => /sudo|bash --noprofile/.test(line))).toEqual([])
    await world.apply([hostManifest('m4')])
    await world.until('host', 'm4', 'reached', (object) => conditionOf(object, 'Reachable')?.status === 'True', 60_000)
  })

  it('stops every command to a host whose key has changed', async () => {
    const host = world.lab.host('m4')
    const was = host.hostKeys
    await host.regenerateHostKeys()
    await host.stopSshd({ dropSessions: true })
    await host.startSshd()
    await world.until(
      'host',
      'm4',
      'refused',
      (object) => conditionOf(object, 'HostKeyVerified')?.reason === 'HostKeyChanged',
      60_000,
    )
    await host.startTrace()
    await sleep(8000)
    const executed = await host.stopTrace()
    expect(executed.map((exec) => exec.argv.join(' ')).filter((line) => /sudo|bash --noprofile/.test(line))).toEqual([])
    expect(host.hostKeys).not.toEqual(was)
    await world.apply([hostManifest('m4')])
    await world.until('host', 'm4', 'reached', (object) => conditionOf(object, 'Reachable')?.status === 'True', 60_000)
  })

  it('says which thing a host lacks: sudo, a key, the network', async () => {
    const host = world.lab.host('m4')
    await host.exec('mv /etc/sudoers.d /etc/sudoers.d.off && mkdir /etc/sudoers.d')
    await host.stopSshd({ dropSessions: true })
    await host.startSshd()
    await world.until(
      'host',
      'm4',
      'without sudo',
      (object) => conditionOf(object, 'Reachable')?.reason === 'SudoRefused',
      60_000,
    )
    await host.exec('rmdir /etc/sudoers.d && mv /etc/sudoers.d.off /etc/sudoers.d')
    await world.until('host', 'm4', 'reached', (object) => conditionOf(object, 'Reachable')?.status === 'True', 90_000)
    await world.apply([
      withSpec(hostManifest('m4'), ['ssh', 'privateKeySecretRef'], { name: 'fleet-ssh', key: 'nokey' }),
    ])
    await world.until(
      'host',
      'm4',
      'without key',
      (object) => conditionOf(object, 'Reachable')?.reason === 'PrivateKeyMissing',
      60_000,
    )
    await world.apply([hostManifest('m4')])
    await host.partition('controller')
    await world.until(
      'host',
      'm4',
      'out of reach',
      (object) => ['Unreachable', 'ConnectionLost'].includes(conditionOf(object, 'Reachable')?.reason ?? ''),
      90_000,
    )
    await host.heal()
    await world.until('host', 'm4', 'reached', (object) => conditionOf(object, 'Reachable')?.status === 'True', 90_000)
  })

  it('installs ZooKeeper from packages on a host behind a bastion', async () => {
    const host = world.lab.host('m4')
    // Only m1 reaches it from now on; packages come over the bridge before.
    await host.exec(`printf '%s\\n' '${world.lab.packageRepository.line}' > /etc/apt/sources.list.d/lab.list`)
    await host.exec('apt-get update -q', { timeoutMs: 60_000 })
    await host.exec('apt-get install -y -q --download-only --no-install-recommends zookeeper', { timeoutMs: 120_000 })
    await host.partition('controller')
    await world.apply([withSpec(hostManifest('m4'), ['ssh', 'bastionRef'], { name: 'm1' })])
    await world.until(
      'host',
      'm4',
      'reached through m1',
      (object) => conditionOf(object, 'Reachable')?.status === 'True',
      90_000,
    )
    const packaged = withSpec(
      withSpec(
        withSpec(example('zookeeper', 'packaged'), ['software'], { packages: ['zookeeper'] }),
        ['members'],
        [{ id: 1, host: 'm4' }],
      ),
      ['version'],
      '3.8.0',
    )
    await world.apply([packaged])
    const ready = await world.untilReady('zookeepercluster', 'packaged', 240_000)
    expect(ready.status?.members).toEqual({ desired: 1, healthy: 1 })
    await remove(packaged)
    await host.heal()
    await world.apply([hostManifest('m4')])
  })

  it('runs Spark with file-system recovery, stops it on deletion under Stop, and resumes', async () => {
    const spark = withSpec(
      withSpec(
        withSpec(
          withSpec(example('spark', 'single'), ['standalone', 'recovery'], {
            fileSystem: { directory: { mount: '/data', path: 'spark/recovery' } },
          }),
          ['standalone', 'masters', 'hosts'],
          ['m2'],
        ),
        ['standalone', 'workerGroups'],
        [
          {
            name: 'w',
            hosts: ['m3'],
            cores: 2,
            memory: '1g',
            jvm: { heap: '256m' },
            workDir: { mount: '/data', path: 'spark/work' },
          },
        ],
      ),
      ['deletionPolicy'],
      'Stop',
    )
    await world.apply([spark])
    await world.untilReady('sparkcluster', 'single', 240_000)
    const masters = [`${world.lab.host('m2').address}:7077`]
    const job = await runSparkJob(world.lab.host('m3'), { code: countAndPi, masters, limitMs: 180_000 })
    expect(job.results['count'], job.output.slice(-2000)).toBe('1000')
    const { stdout } = await world.lab.host('m2').exec('ls -A /data/spark/recovery')
    expect(stdout).toContain('worker_')
    await remove(spark)
    const stopped = await unitRecords(world.lab)
    expect(stopped.filter((record) => record.unit.includes('single')).map((record) => record.pid)).toEqual([0, 0])
    await world.apply([spark])
    await world.untilReady('sparkcluster', 'single', 120_000)
    await remove(spark)
  })

  it('moves data aside, and nothing else of anybody, on deletion under Purge', async () => {
    const zk = withSpec(
      withSpec(example('zookeeper', 'purged'), ['members'], [{ id: 1, host: 'm3' }]),
      ['deletionPolicy'],
      'Purge',
    )
    const notes = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'notes', namespace },
      data: { text: 'mind the gap' },
    }
    const extra = (path: string): Manifest =>
      withSpec(zk, ['extraFiles'], [{ path, configMapRef: { name: 'notes', key: 'text' }, restart: false }])
    await world.apply([notes, extra('/etc/left-behind.conf')])
    await world.untilReady('zookeepercluster', 'purged', 120_000)
    const host = world.lab.host('m3')
    const standing = async (): Promise<string> =>
      (await host.exec('cd /etc && ls left-behind.conf kept.conf 2>/dev/null')).stdout.trim()
    expect(await standing()).toBe('left-behind.conf')
    await world.apply([extra('/etc/kept.conf')])
    const end = Date.now() + 60_000
    while ((await standing()) !== 'kept.conf' && Date.now() < end) await sleep(500)
    expect(await standing()).toBe('kept.conf')
    await host.exec('touch /data/not-ours')
    await remove(zk)
    const { stdout } = await host.exec('ls /data; ls /usr/local/lib/systemd/system; ls /etc/ironherd')
    expect(stdout).toMatch(/zookeeper\.aside-/)
    expect(stdout).toContain('not-ours')
    expect(stdout).not.toMatch(/ironherd-.*purged/)
    expect(await standing()).toBe('')
    const aside = await host.exec('ls /data/zookeeper.aside-*/version-2')
    expect(aside.stdout).toMatch(/snapshot|log/)
  })

  it('holds a Host and a ZookeeperCluster that others use', async () => {
    const zk = withSpec(example('zookeeper', 'held'), ['members'], [{ id: 1, host: 'm1' }])
    await world.apply([zk])
    await world.untilReady('zookeepercluster', 'held', 120_000)
    await world.lab.kube.kubectl(['delete', 'host', 'm1', '-n', namespace, '--wait=false'])
    const shown = await world.until(
      'host',
      'm1',
      'in use',
      (object) => object.status?.conditions?.some((condition) => condition.reason === 'InUse') ?? false,
      60_000,
    )
    expect(JSON.stringify(shown.status?.conditions)).toContain('held')
    await remove(zk)
    const end = Date.now() + 60_000
    while ((await world.get('host', 'm1')) !== undefined && Date.now() < end) await sleep(500)
    expect(await world.get('host', 'm1')).toBeUndefined()
  })
})
