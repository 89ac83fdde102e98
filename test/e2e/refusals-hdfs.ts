// What an HDFS must not be made to do, before it is made and while it lives: on all six hosts, beside the ensemble `zk`.
import { exampleManifests, type Manifest, namespace } from '../world/manifests.ts'
import { conditionOf, type World } from '../world/world.ts'
import { withSpec } from './edited.ts'
import { remove, type Situation } from './refusal.ts'
import { asRoot } from './refusals-logins.ts'

const readyMs = 400_000

/** The first is of a file system that is not made yet; with the second it is, and stays until the last is over. */
export function hdfsRefusals(world: World): readonly Situation[] {
  const [files] = exampleManifests('hdfs', world.lab)
  const worker = exampleManifests('hosts', world.lab).find(({ metadata }) => metadata.name === 'm4')
  if (files === undefined || worker === undefined) throw new Error('the examples have no HDFS, or no m4')
  const on = { kind: files.kind, name: files.metadata.name }
  const servesAgain = async (): Promise<void> => void (await world.untilReady(on.kind, on.name, readyMs))
  const edited = (
    name: string,
    reason: Situation['reason'],
    manifest: Manifest,
    back: Manifest,
    says: RegExp,
  ): Situation => ({
    name: `HDFS: ${name}`,
    reason,
    on,
    then: () => world.apply([manifest]),
    undo: async () => {
      await world.apply([back])
      await servesAgain()
    },
    says,
  })
  const twoWorkers = withSpec(
    withSpec(files, ['dataNodeGroups', 0, 'hostSelector'], undefined),
    ['dataNodeGroups', 0, 'hosts'],
    ['m4', 'm5'],
  )
  const inRack = (failureDomain: string): Manifest => withSpec(worker, ['failureDomain'], failureDomain)
  const version = '/data/dfs/nn/current/VERSION'
  const foreign = `#Sat Nov 21 10:00:00 UTC 2026\\nnamespaceID=7\\nclusterID=CID-other\\ncTime=1\\nstorageType=NAME_NODE\\nlayoutVersion=-67\\n`
  return [
    {
      name: 'HDFS: a first start over the names of another cluster',
      reason: 'ForeignData',
      on,
      given: () => asRoot(world, 'm2', `mkdir -p /data/dfs/nn/current && printf '${foreign}' > ${version}`),
      applies: [files],
      undo: () => asRoot(world, 'm2', 'rm -r /data/dfs/nn'),
      limitMs: 120_000,
      says: /\/data\/dfs\/nn.*CID-other/,
    },
    {
      ...edited(
        'another nameservice for a file system that lives',
        'MembershipChangeUnsupported',
        withSpec(files, ['nameservice'], 'other'),
        files,
        /was started with nameservice "nameservice1", the spec now says "other".*put the spec back/,
      ),
      given: async () => {
        await world.apply([inRack('r1'), files])
        await servesAgain()
      },
    },
    edited(
      'fewer DataNodes than a block has copies',
      'DecommissionBlocked',
      twoWorkers,
      files,
      /hdfs-datanode-m6 on m6 would leave.*have 3 copies \(dfs\.replication\) would have 2 DataNodes left.*declare it again/,
    ),
    edited(
      'another rack for a DataNode that runs',
      'MembershipChangeUnsupported',
      inRack('r7'),
      inRack('r1'),
      /failureDomain of Host m4: hdfs-datanode-m4 runs in \/r1, and would be in \/r7.*put it back/,
    ),
    edited(
      'all name directories elsewhere at once',
      'DataDirectoryChangeUnsupported',
      withSpec(files, ['nameNodes', 'nameDirs'], [{ mount: '/data', path: 'elsewhere' }]),
      files,
      /spec\.nameNodes\.nameDirs: the names stand in \/data\/dfs\/nn.*keep one of them/,
    ),
    restoredStatus(world, files),
    foreignConfigMap(world, files),
  ]
}

/** A backup of the object of another file system: what the hosts say does not wipe that out. */
function restoredStatus(world: World, files: Manifest): Situation {
  const { name } = files.metadata
  const known = async (clusterId: string): Promise<void> => {
    const patch = JSON.stringify({ status: { hdfs: { clusterId } } })
    const words = ['patch', 'hdfscluster', name, '-n', namespace, '--subresource=status', '--type=merge', '-p', patch]
    const { code, stderr } = await world.lab.kube.kubectl(words)
    if (code !== 0) throw new Error(stderr)
  }
  return {
    name: 'HDFS: the status of another file system restored',
    reason: 'IdentityChanged',
    on: { kind: files.kind, name },
    then: () => known('CID-other'),
    undo: async () => {
      const object = await world.get('hdfscluster', name)
      await known(`CID-${object?.metadata.uid ?? ''}`)
      await world.untilReady(files.kind, name, readyMs)
    },
    says: /of the file system CID-.*the status of the object of CID-other.*put CID-.* into status\.hdfs\.clusterId/,
  }
}

/** Somebody has a ConfigMap of that name already. */
function foreignConfigMap(world: World, files: Manifest): Situation {
  const name = `${files.metadata.name}-client`
  const theirs: Manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { mine: 'yes' } }
  const told = (shown: Parameters<typeof conditionOf>[0]): boolean => conditionOf(shown, 'Ready')?.status === 'True'
  return {
    name: 'HDFS: a ConfigMap of the name of its clients that is somebody else’s',
    reason: 'ForeignConfigMap',
    on: { kind: files.kind, name: files.metadata.name },
    then: async () => {
      await remove(world, theirs)
      await world.apply([theirs])
    },
    undo: async () => {
      await remove(world, theirs)
      await world.until(files.kind, files.metadata.name, 'Ready again', told, readyMs)
    },
    // It is looked at again once a minute.
    limitMs: 120_000,
    says: new RegExp(`ConfigMap ${name} belongs to somebody else`),
  }
}
