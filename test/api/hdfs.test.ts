// What the API server itself says to an HdfsCluster: the rules of the definition, before any process of ironherd hears of it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiClient, ApiError } from '../../src/control/kubernetes/client.ts'
import { withSpec } from '../e2e/edited.ts'
import { exampleManifests, type Manifest, namespace } from '../world/manifests.ts'
import { clientOf, type Plane, startPlane } from './plane.ts'

let plane: Plane
let client: ApiClient

beforeAll(async () => {
  plane = await startPlane()
  await plane.applyDefinitions()
  await plane.createNamespace()
  client = clientOf(plane, 'admin')
})

afterAll(async () => {
  await client.close()
  await plane.down()
})

/** What the server says to it; '' when it would take it. Nothing is kept. */
async function answerTo(manifest: Manifest): Promise<string> {
  const path = `/apis/${manifest.apiVersion}/namespaces/${namespace}/hdfsclusters`
  const query = { dryRun: 'All', fieldValidation: 'Strict' }
  try {
    await client.call({ method: 'POST', path, query, body: manifest, signal: AbortSignal.timeout(10_000) })
    return ''
  } catch (error) {
    if (error instanceof ApiError && (error.code === 422 || error.code === 400)) return error.message
    throw error
  }
}

type Path = Parameters<typeof withSpec>[1]
type Change = readonly (readonly [path: Path, value: unknown])[]

function changed(change: Change): Manifest {
  const [example] = exampleManifests('hdfs', plane.site)
  if (example === undefined) throw new Error('deploy/examples/hdfs.yaml is empty')
  return change.reduce((manifest, [path, value]) => withSpec(manifest, path, value), example)
}

const ssh = { ssh: { privateKeySecretRef: { name: 'fencing', key: 'id_ecdsa' } } }
const members = ['m1', 'm2'].map((host, index) => ({ id: `nn${String(index + 1)}`, host }))
const secondary = { host: 'm2', checkpointDir: { mount: '/data', path: 'dfs/snn' } }
const simple: Change = [
  [['zookeeperRef'], undefined],
  [['journalNodes'], undefined],
  [['failover'], undefined],
  [['nameNodes', 'members'], members.slice(0, 1)],
  [['secondary'], secondary],
]
const dirs = (...paths: readonly string[]) => paths.map((path) => ({ mount: '/data', path }))

describe('the API server takes', () => {
  it.each<readonly [string, Change]>([
    ['the example', []],
    [
      'two name directories, one of them elsewhere',
      [
        [
          ['nameNodes', 'nameDirs'],
          [...dirs('a'), { mount: '/nfs', path: 'a' }],
        ],
      ],
    ],
    [
      'all ways of fencing',
      [[['fencing'], { methods: [ssh, { shell: { command: 'off "$target_host"' } }], fallback: 'Block' }]],
    ],
    [
      'proxy users from anywhere, hosts and ranges',
      [[['proxyUsers'], [{ user: 'hue', hosts: ['*', 'm3', '10.0.0.0/8'], groups: ['*'] }]]],
    ],
    ['Hadoop 2', [[['version'], '2.10.2']]],
    ['the simple form', simple],
    ['the simple form without a secondary', [...simple, [['secondary'], undefined]]],
    ['the simple form of Hadoop 2', [...simple, [['version'], '2.10.2']]],
    [
      'keys of every kind',
      [
        [['coreSite'], { 'io.file.buffer.size': '65536' }],
        [['hdfsSite'], { 'dfs.replication': '2', 'dfs.hostsfile': 'x' }],
        [['hadoopEnv'], { HADOOP_OPTIONAL_TOOLS: 'hadoop-aws' }],
        [['log4j'], { 'log4j.logger.org.apache.hadoop': 'WARN' }],
      ],
    ],
    [
      'an ensemble of others',
      [
        [['zookeeperRef'], undefined],
        [['zookeeperConnect'], 'a:2181,b:2181'],
      ],
    ],
  ])('%s', async (_, change) => {
    expect(await answerTo(changed(change))).toBe('')
  })
})

describe('the API server refuses', () => {
  it.each<readonly [string, Change, RegExp]>([
    [
      'one NameNode',
      [[['nameNodes', 'members'], [{ id: 'nn1', host: 'm1' }]]],
      /spec\.nameNodes.*name two NameNodes at least/,
    ],
    ['two NameNodes and no journal', [...simple, [['nameNodes', 'members'], members]], /exactly one NameNode/],
    ['ZooKeeper and no journal', [...simple, [['zookeeperRef'], { name: 'zk' }]], /ZooKeeper is for that/],
    ['fencing and no journal', [...simple, [['fencing'], {}]], /leave fencing and failover out/],
    ['failover and no journal', [...simple, [['failover'], { port: 8019 }]], /leave fencing and failover out/],
    ['a secondary beside a journal', [[['secondary'], secondary]], /leave secondary out/],
    [
      'an owned key of the secondary',
      [...simple, [['secondary', 'hdfsSite'], { 'dfs.namenode.checkpoint.dir': '/x' }]],
      /spec\.secondary\.hdfsSite.*dfs\.namenode\.checkpoint\.dir/,
    ],
    [
      'two NameNodes on one host',
      [[['nameNodes', 'members', 1, 'host'], 'm1']],
      /spec\.nameNodes\.members.*name each host once/,
    ],
    ['one id twice', [[['nameNodes', 'members', 1, 'id'], 'nn1']], /spec\.nameNodes\.members\[1\].*Duplicate/],
    ['an id with a hyphen', [[['nameNodes', 'members', 1, 'id'], 'nn-2']], /a letter, then letters and digits/],
    [
      'three NameNodes of Hadoop 2',
      [
        [['version'], '2.10.2'],
        [['nameNodes', 'members', 2], { id: 'nn3', host: 'm3' }],
      ],
      /spec\.nameNodes.*Hadoop 2 has two NameNodes/,
    ],
    ['a release that was withdrawn', [[['version'], '3.0.0']], /spec\.version.*withdrawn/],
    ['an old release', [[['version'], '2.7.7']], /spec\.version.*Hadoop 2\.10 and Hadoop 3/],
    ['four JournalNodes', [[['journalNodes', 'hosts', 3], 'm4']], /spec\.journalNodes\.hosts.*three or five/],
    [
      'one host of JournalNodes twice',
      [[['journalNodes', 'hosts', 2], 'm1']],
      /spec\.journalNodes\.hosts\[2\].*Duplicate/,
    ],
    ['a name directory twice', [[['nameNodes', 'nameDirs'], dirs('a', 'a')]], /spec\.nameNodes\.nameDirs.*given twice/],
    [
      'blocks in a directory of the system',
      [[['dataNodeGroups', 0, 'dataDirs'], [{ mount: '/', path: 'usr/share' }]]],
      /spec\.dataNodeGroups\[0\]\.dataDirs\[0\].*directory of the system/,
    ],
    [
      'tolerance for all disks',
      [[['dataNodeGroups', 0, 'failedVolumesTolerated'], 1]],
      /failedVolumesTolerated.*less than the number of dataDirs/,
    ],
    [
      'a group with hosts and selector',
      [[['dataNodeGroups', 0, 'hosts'], ['m1']]],
      /spec\.dataNodeGroups\[0\].*exactly one of hosts and hostSelector/,
    ],
    ['no ZooKeeper', [[['zookeeperRef'], undefined]], /exactly one of zookeeperRef and zookeeperConnect/],
    ['Block without a method', [[['fencing'], { fallback: 'Block' }]], /spec\.fencing.*nobody could ever take over/],
    [
      'a method that is two',
      [[['fencing', 'methods'], [{ ...ssh, shell: { command: 'off' } }]]],
      /exactly one of ssh and shell/,
    ],
    [
      'ssh twice',
      [
        [
          ['fencing', 'methods'],
          [ssh, ssh],
        ],
      ],
      /spec\.fencing\.methods.*ssh is given twice/,
    ],
    ['a comment in a command', [[['fencing', 'methods'], [{ shell: { command: 'off # now' } }]]], /script of its own/],
    ['an owned key', [[['hdfsSite'], { 'dfs.reformat.disabled': 'false' }]], /spec\.hdfsSite.*dfs\.reformat\.disabled/],
    [
      'an owned key in the other file',
      [[['coreSite'], { 'dfs.namenode.support.allow.format': 'true' }]],
      /spec\.coreSite.*dfs\.namenode\.support\.allow\.format/,
    ],
    [
      'an owned key for one NameNode',
      [[['nameNodes', 'hdfsSite'], { 'dfs.namenode.name.dir.nameservice1.nn1': '/x' }]],
      /spec\.nameNodes\.hdfsSite.*dfs\.namenode\.name\.dir/,
    ],
    [
      'an owned key of a group',
      [[['dataNodeGroups', 0, 'hdfsSite'], { 'dfs.datanode.data.dir': '/x' }]],
      /spec\.dataNodeGroups\[0\]\.hdfsSite.*dfs\.datanode\.data\.dir/,
    ],
    ['an owned variable', [[['hadoopEnv'], { HDFS_NAMENODE_OPTS: '-Xmx1g' }]], /spec\.hadoopEnv.*HDFS_NAMENODE_OPTS/],
    ['an owned appender', [[['log4j'], { 'log4j.appender.FILE.File': '/x' }]], /spec\.log4j.*log4j\.appender\.FILE/],
    ['a value with a line break', [[['hdfsSite'], { a: 'b\nc' }]], /spec\.hdfsSite\.a.*one line/s],
    ['a nameservice in capitals', [[['nameservice'], 'Files']], /spec\.nameservice.*lower case/],
    ['a field that there is not', [[['balancer'], { request: 'now' }]], /unknown field "spec\.balancer"/],
  ])('%s', async (_, change, says) => {
    expect(await answerTo(changed(change))).toMatch(says)
  })
})

it('the server fills in what is left out, and shows what an operator looks at first', async () => {
  await plane.apply([changed([])])
  const shown = await plane.get<{ readonly spec: Readonly<Record<string, unknown>> }>('hdfscluster', 'files')
  expect(shown.spec).toMatchObject({
    serviceUser: { name: 'hdfs', group: 'hdfs', create: true },
    failover: { healthTimeoutSeconds: 20, port: 8019, zookeeperPath: '/hadoop-ha' },
    clients: { configMap: true },
    deletionPolicy: 'Retain',
  })
  const header = (await plane.kubectl(['get', 'ihdfs', '-n', namespace])).split('\n')[0] ?? ''
  expect(header.split(/\s+/)).toEqual([
    'NAME',
    'READY',
    'AVAILABLE',
    'ACTIVE',
    'LIVE',
    'MISSING',
    'SAFE',
    'REASON',
    'AGE',
  ])
})
