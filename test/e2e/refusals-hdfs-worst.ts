// The histories in which an HDFS would most easily be formatted twice, on all six hosts: first a file system that is not made yet, then
// one that lives. After each the disks are read: nothing was formatted, and what stands is of the file system that stood before.
import { isDeepStrictEqual } from 'node:util'
import { exampleManifests, type Manifest, namespace } from '../world/manifests.ts'
import { conditionOf, type World } from '../world/world.ts'
import { withSpec } from './edited.ts'
import { activeNameNode, hostOf, type OnDisk, onDisk } from './hdfs.ts'
import type { Situation } from './refusal.ts'
import { asRoot } from './refusals-logins.ts'
import { zkCli } from './scenarios.ts'

const readyMs = 400_000
const limitMs = 180_000

export function worstOfHdfs(world: World): readonly Situation[] {
  const [files] = exampleManifests('hdfs', world.lab)
  if (files === undefined) throw new Error('the examples have no HDFS')
  return [...unborn(world, files), ...living(world, files)].map((situation) => ({
    on: { kind: files.kind, name: files.metadata.name },
    limitMs,
    ...situation,
    name: `HDFS, worst: ${situation.name}`,
  }))
}

type Worst = Omit<Situation, 'on'> & Partial<Pick<Situation, 'on'>>

/** Preparing is no danger, and goes on where it can. */
const prepared = {
  what: 'software, users, directories and files were put there',
  changes: /\/(etc|opt|var|run|usr|tmp|home|data)(\/|$)|ironherd|useradd|groupadd|tar|install|systemctl|mkdir|mv|ln/,
}

/** What a first start must not be fooled by. */
function unborn(world: World, files: Manifest): readonly Worst[] {
  const applies = [files]
  const root =
    (host: string, command: string): (() => Promise<void>) =>
    () =>
      asRoot(world, host, command)
  const dn = '/data/dfs/dn/current'
  const jn = '/data/dfs/jn/nameservice1/current'
  return [
    {
      name: 'a DataNode has served a file system of this very object',
      reason: 'DataLost',
      // Its id is known once the object stands.
      given: async () => {
        await world.apply([withSpec(files, ['paused'], true)])
        const id = `CID-${await uidOf(world, files)}`
        await asRoot(world, 'm5', `mkdir -p ${dn} && ${versionFile(dn, id, 'DATA_NODE')}`)
      },
      applies,
      undo: root('m5', 'rm -r /data/dfs'),
      meanwhile: prepared,
      says: /m5/,
    },
    {
      name: 'half a format that nobody had allowed',
      reason: 'ForeignData',
      given: root('m3', `mkdir -p ${jn} && : > ${jn}/VERSION`),
      applies,
      undo: root('m3', 'rm -r /data/dfs'),
      meanwhile: prepared,
      says: /m3: \/data\/dfs\/jn/,
    },
    {
      name: 'a disk that is not mounted looks empty',
      reason: 'FirstStartRefused',
      given: root('m2', 'mkdir -p /data/dfs/nn/current && umount -l /data && ls -d /data'),
      applies,
      undo: async () => {
        await world.lab.host('m2').reboot()
        await asRoot(world, 'm2', 'rm -r /data/dfs')
        await world.until(
          'host',
          'm2',
          'reached again',
          (shown) => conditionOf(shown, 'Reachable')?.status === 'True',
          limitMs,
        )
      },
      meanwhile: prepared,
      says: /m2: \/data\/dfs\/nn: nothing is mounted at \/data/,
    },
    {
      name: 'the host of a DataNode is off',
      reason: 'FirstStartRefused',
      given: () => world.lab.host('m6').powerOff(),
      applies,
      undo: () => world.lab.host('m6').powerOn(),
      meanwhile: prepared,
      says: /m6/,
    },
    {
      name: 'the znode of another cluster of that name',
      reason: 'FirstStartRefused',
      given: async () => {
        await zkCli(world, 'm1', 'create /hadoop-ha')
        await zkCli(world, 'm1', 'create /hadoop-ha/nameservice1')
      },
      applies,
      undo: async () => void (await zkCli(world, 'm1', 'deleteall /hadoop-ha')),
      meanwhile: prepared,
      says: /\/hadoop-ha\/nameservice1.*delete it/,
    },
  ]
}

/** What must not make anybody format, or copy from nobody, once there was a file system. */
function living(world: World, files: Manifest): readonly Worst[] {
  const { name } = files.metadata
  const names = ['m1', 'm2']
  const on = async (hosts: readonly string[], command: string): Promise<void> =>
    void (await Promise.all(hosts.map((host) => asRoot(world, host, command))))
  let stood: OnDisk | undefined
  /** Harmed while nobody starts anything, and seen by ironherd at once. */
  const harmed = async (harm: () => Promise<void>): Promise<void> => {
    await world.operator.stop()
    try {
      await harm()
    } finally {
      world.operator = await world.startOperator()
    }
  }
  const serves = async (): Promise<void> => {
    await world.untilReady(files.kind, name, readyMs)
    const now = await onDisk(world)
    const before = stood ?? now
    for (const key of ['clusterIds', 'namespaceIds', 'blockPools'] as const) {
      if (!isDeepStrictEqual(now[key], before[key]))
        throw new Error(`${key} were ${before[key].join(', ')}, and are ${now[key].join(', ')}`)
    }
    stood = now
  }
  const tried = {
    what: 'daemons without data were tried again',
    changes: /hdfs-(namenode|journalnode|zkfc)|hadoop|\/data\/dfs|\/var|\/run|\/etc|\/tmp|systemctl|systemd/,
  }
  const kept = (place: string): string => `mv /data/dfs/${place} /data/${place}.kept`
  const back = (place: string): string => `rm -rf /data/dfs/${place}; mv /data/${place}.kept /data/dfs/${place}`
  const start = (role: string): string =>
    `for u in $(systemctl list-unit-files 'ironherd-*-hdfs-${role}-*' --no-legend | cut -d ' ' -f 1); do systemctl reset-failed $u; systemctl start $u; done`
  const killed = (role: string): string =>
    `systemctl stop --no-block 'ironherd-*-hdfs-${role}-*'; systemctl kill -s KILL 'ironherd-*-hdfs-${role}-*'; systemctl stop 'ironherd-*-hdfs-${role}-*'`
  return [
    {
      name: 'all names are lost, and a status from before the first start is restored',
      reason: 'DataLost',
      given: async () => {
        await world.apply([files])
        await serves()
        await harmed(async () => {
          await on(names, `${killed('namenode')}; ${kept('nn')}`)
          await patchStatus(world, name, { hdfs: null, hosts: null, members: null })
        })
      },
      undo: async () => {
        await on(names, `${killed('namenode')}; ${back('nn')}; ${start('namenode')}`)
        await serves()
      },
      meanwhile: tried,
      says: /hdfs-namenode-nn1/,
    },
    {
      name: 'all names are lost, with all that ironherd has recorded on their hosts',
      reason: 'DataLost',
      given: () =>
        harmed(() =>
          on(
            names,
            `${killed('namenode')}; ${kept('nn')}; mkdir -p /root/kept; mv /var/lib/ironherd/members/*hdfs-namenode* /root/kept/`,
          ),
        ),
      undo: async () => {
        await on(
          names,
          `${killed('namenode')}; ${back('nn')}; mv /root/kept/* /var/lib/ironherd/members/; rmdir /root/kept; ${start('namenode')}`,
        )
        await serves()
      },
      meanwhile: tried,
      says: /hdfs-namenode-nn1/,
    },
    {
      name: 'two of three journals are lost',
      reason: 'DataLost',
      given: () => harmed(() => on(['m1', 'm2'], `${killed('journalnode')}; ${kept('jn')}`)),
      undo: async () => {
        await on(['m1', 'm2'], `${killed('journalnode')}; ${back('jn')}; ${start('journalnode')}`)
        await on(names, start('namenode'))
        await serves()
      },
      meanwhile: tried,
      says: /hdfs-journalnode-m[12]/,
    },
    {
      name: 'the standby is wiped while the active stands still',
      reason: 'RejoinRefused',
      given: async () => {
        const active = hostOf((await activeNameNode(world)) ?? 'nn1')
        const standby = names.find((host) => host !== active) ?? ''
        await harmed(async () => {
          await asRoot(world, standby, `${killed('zkfc')}; ${killed('namenode')}; ${kept('nn')}`)
          await asRoot(
            world,
            active,
            `${killed('zkfc')}; pkill -STOP -f [o]rg.apache.hadoop.hdfs.server.namenode.NameNode`,
          )
        })
      },
      undo: async () => {
        const [wiped] = await withKept(world, names)
        await asRoot(world, wiped ?? '', `${killed('namenode')}; ${back('nn')}; ${start('namenode')}`)
        await on(names, 'pkill -CONT -f [o]rg.apache.hadoop.hdfs.server.namenode.NameNode || true')
        await serves()
      },
      meanwhile: tried,
      says: /active/,
    },
    {
      name: 'the host of a NameNode comes a second time, under another name',
      on: { kind: 'Host', name: 'renamed' },
      reason: 'DuplicateMachine',
      applies: exampleManifests('hosts', world.lab).flatMap((host) =>
        host.metadata.name === 'm2' ? [{ ...host, metadata: { ...host.metadata, name: 'renamed', labels: {} } }] : [],
      ),
      undo: serves,
      says: /renamed is the same machine as Host \S+\/m2 /,
    },
  ]
}

async function withKept(world: World, hosts: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    hosts.map(async (host) => ((await world.lab.host(host).exec('test -e /data/nn.kept')).code === 0 ? [host] : [])),
  )
  return found.flat()
}

async function uidOf(world: World, { kind, metadata }: Manifest): Promise<string> {
  const object = await world.get(kind, metadata.name)
  if (object === undefined) throw new Error(`there is no ${metadata.name}`)
  return object.metadata.uid
}

function versionFile(directory: string, clusterId: string, type: string): string {
  const lines = `namespaceID=7\\nclusterID=${clusterId}\\ncTime=1\\nstorageType=${type}\\nlayoutVersion=-57\\n`
  return `printf '${lines}' > ${directory}/VERSION`
}

async function patchStatus(world: World, name: string, status: unknown): Promise<void> {
  const words = ['patch', 'hdfscluster', name, '-n', namespace, '--subresource=status', '--type=merge', '-p']
  const { code, stderr } = await world.lab.kube.kubectl([...words, JSON.stringify({ status })])
  if (code !== 0) throw new Error(stderr)
}
