// HDFS specs that cannot work. No host may notice any of them.
import { exampleManifests, type Manifest, type Site } from '../world/manifests.ts'
import { type BadInput, blocked, refused } from './bad-input.ts'
import { named, withSpec } from './edited.ts'

type Spec = Record<string, unknown>

/** On the hosts m1 to m3, which have every role; `spark` and `zk`: valid clusters on the same hosts. */
export function badHdfs(site: Site, others: { readonly zk: Manifest; readonly spark: Manifest }): readonly BadInput[] {
  const [example] = exampleManifests('hdfs', site)
  if (example === undefined) throw new Error('there is no example of HDFS')
  const dataNodes = { name: 'workers', hosts: ['m1', 'm2', 'm3'], dataDirs: [{ mount: '/data', path: 'dfs/dn' }] }
  const placed = withSpec(named(example, 'bad'), ['dataNodeGroups'], [dataNodes])
  const hdfs = withSpec(withSpec(placed, ['zookeeperRef'], undefined), ['zookeeperConnect'], 'zk.example:2181')
  const group = (fields: Spec): Manifest => withSpec(hdfs, ['dataNodeGroups'], [{ ...dataNodes, ...fields }])
  const elsewhere = { zookeeperConnect: 'zk.example:2181', path: '/spark' }
  const nameNodes = (...hosts: readonly string[]): readonly Spec[] =>
    hosts.map((host, index) => ({ id: `nn${String(index + 1)}`, host }))
  const httpFs = (fields: Spec): Manifest => withSpec(hdfs, ['httpFs'], { hosts: ['m1'], ...fields })
  const openSsh = { privateKeySecretRef: { name: 'fleet-ssh', key: 'id_ed25519' } }
  return [
    refused(
      'two NameNodes on one host',
      withSpec(hdfs, ['nameNodes', 'members'], nameNodes('m1', 'm1')),
      /name each host once/,
    ),
    refused('one NameNode', withSpec(hdfs, ['nameNodes', 'members'], nameNodes('m1')), /name two NameNodes at least/),
    refused('two NameNodes without a journal', withSpec(hdfs, ['journalNodes'], undefined), /exactly one NameNode/),
    refused(
      'a secondary beside a journal',
      withSpec(hdfs, ['secondary'], { host: 'm3', checkpointDir: { mount: '/data', path: 'dfs/snn' } }),
      /leave secondary out/,
    ),
    refused('four JournalNodes', withSpec(hdfs, ['journalNodes', 'hosts'], ['m1', 'm2', 'm3', 'm4']), /three or five/),
    refused('two JournalNodes', withSpec(hdfs, ['journalNodes', 'hosts'], ['m1', 'm2']), /journalNodes\.hosts/),
    refused('a nameservice with a dot', withSpec(hdfs, ['nameservice'], 'a.b'), /nameservice/),
    refused(
      'a key that ironherd owns',
      withSpec(hdfs, ['hdfsSite'], { 'dfs.namenode.name.dir': '/x' }),
      /hdfsSite.*set by fields of their own/,
    ),
    refused('a format by hand', withSpec(hdfs, ['coreSite'], { 'dfs.reformat.disabled': 'false' }), /coreSite/),
    refused('as many failed disks as there are', group({ failedVolumesTolerated: 1 }), /failedVolumesTolerated/),
    refused(
      'fencing that blocks and has no method',
      withSpec(hdfs, ['fencing'], { fallback: 'Block' }),
      /nobody could ever take over/,
    ),
    refused('a gateway without its user', httpFs({}), /name the user httpfs in proxyUsers/),
    blocked(
      'a data directory inside a name directory',
      group({ dataDirs: [{ mount: '/data', path: 'dfs/nn/blocks' }] }),
      'DirectoryCollision',
      /\/data\/dfs\/nn\/blocks, which is, contains or lies in \/data\/dfs\/nn of hdfs-namenode-nn1/,
    ),
    blocked(
      'more copies than DataNodes',
      withSpec(hdfs, ['hdfsSite'], { 'dfs.replication': '4' }),
      'InvalidSpec',
      /dfs\.replication\]: 4 is more than the 3 DataNodes declared.*set it to 3/,
    ),
    blocked(
      'a fencing key that its SSH library cannot read',
      withSpec(hdfs, ['fencing'], { methods: [{ ssh: openSsh }], fallback: 'Block' }),
      'InvalidSpec',
      /privateKeySecretRef.*ssh-keygen -t ecdsa -m PEM/,
    ),
    blocked(
      'a fencing key that does not exist',
      withSpec(hdfs, ['fencing'], { methods: [{ ssh: { privateKeySecretRef: { name: 'nokey', key: 'k' } } }] }),
      'SecretNotFound',
      /fencing\.methods\[0\]\.ssh\.privateKeySecretRef: Secret nokey does not exist/,
    ),
    blocked(
      'a gateway that its user may not act from',
      withSpec(httpFs({}), ['proxyUsers'], [{ user: 'httpfs', hosts: ['m2'], groups: ['*'] }]),
      'InvalidSpec',
      /spec\.httpFs\.hosts: httpfs may act for others from m2, and not from m1/,
    ),
    blocked(
      'a port of ZooKeeper',
      withSpec(hdfs, ['failover', 'port'], 2181),
      'PortCollision',
      /m1: port 2181 \(spec\.failover\.port.*choose another port/,
      [withSpec(named(others.zk, 'elder'), ['paused'], true)],
    ),
    blocked(
      'a port of Spark',
      withSpec(hdfs, ['nameNodes', 'ports'], { http: 8080 }),
      'PortCollision',
      /m1: port 8080 \(spec\.nameNodes\.ports\.http.*choose another port/,
      [withSpec(withSpec(named(others.spark, 'elder'), ['paused'], true), ['standalone', 'recovery'], elsewhere)],
    ),
    blocked(
      'a ZooKeeper that does not exist',
      withSpec(withSpec(hdfs, ['zookeeperConnect'], undefined), ['zookeeperRef'], { name: 'nozk' }),
      'ReferenceNotFound',
      /ZookeeperCluster\/nozk/,
    ),
  ].map((input) => ({ ...input, name: `HDFS: ${input.name}` }))
}
