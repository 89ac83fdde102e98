import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hadoopEnvOwned, log4jOwned, siteOwned } from '../../../src/api/hdfs-owned.ts'
import { expanded, hosts, minimal, refused } from './cluster.ts'

const { journalNodes, nameNodes } = minimal
const [group] = minimal.dataNodeGroups
const names = (...places: readonly string[]) => places.map((host, index) => ({ id: `nn${index + 1}`, host }))
const methods = (...all: readonly unknown[]) => ({ fencing: { methods: all } })
const ssh = (name: string, key: string) => ({ ssh: { privateKeySecretRef: { name, key } } })

test('the spec that the cases vary is right', () => {
  expect(refused(minimal)).toEqual([])
  expect(expanded().refusals).toEqual([])
})

describe('specs that cannot work', () => {
  const cases: readonly (readonly [
    what: string,
    more: Readonly<Record<string, unknown>>,
    code: string,
    words: string,
  ])[] = [
    ['a withdrawn release', { version: '3.0.0' }, 'InvalidSpec', 'spec.version: 3.0.0 has another RPC port'],
    [
      'an older release',
      { version: '2.9.2' },
      'InvalidSpec',
      'spec.version: 2.9.2 is neither Hadoop 2.10 nor Hadoop 3',
    ],
    [
      'three NameNodes of Hadoop 2',
      { version: '2.10.2', nameNodes: { ...nameNodes, members: names('m1', 'm2', 'm3') } },
      'InvalidSpec',
      'spec.nameNodes.members: 3 NameNodes: Hadoop 2 has two',
    ],
    ['no ZooKeeper', { zookeeperRef: undefined }, 'InvalidSpec', 'spec.zookeeperRef: give exactly one of'],
    ['two ZooKeepers', { zookeeperConnect: 'zk:2181' }, 'InvalidSpec', 'spec.zookeeperRef: give exactly one of'],
    [
      'a ZooKeeper that does not exist',
      { zookeeperRef: { name: 'no' } },
      'ReferenceNotFound',
      'spec.zookeeperRef: there is no ZookeeperCluster/no',
    ],
    [
      'two NameNodes on one host',
      { nameNodes: { ...nameNodes, members: names('m1', 'm1') } },
      'DuplicateMember',
      'spec.nameNodes.members[1].host: NameNode nn2 is on host m1, as is NameNode nn1; give each a host of its own',
    ],
    [
      'two NameNodes at one address',
      { nameNodes: { ...nameNodes, members: names('m1', 'twin') } },
      'DuplicateMember',
      'NameNode nn2 is on the address 10.9.0.1 of m1, as is NameNode nn1',
    ],
    [
      'one id twice',
      { nameNodes: { ...nameNodes, members: names('m1', 'm2').map(({ host }) => ({ id: 'a', host })) } },
      'DuplicateMember',
      'spec.nameNodes.members[1].id: id a is given twice',
    ],
    [
      'a NameNode on a host that does not exist',
      { nameNodes: { ...nameNodes, members: names('m1', 'm9') } },
      'HostNotFound',
      'spec.nameNodes.members[1].host: there is no Host m9',
    ],
    [
      'four JournalNodes',
      { journalNodes: { ...journalNodes, hosts: ['m1', 'm2', 'm3', 'w1'] } },
      'InvalidSpec',
      'spec.journalNodes.hosts: 4 JournalNodes: a majority wants three or five',
    ],
    [
      'one host of JournalNodes twice',
      { journalNodes: { ...journalNodes, hosts: ['m1', 'm2', 'm2'] } },
      'DuplicateMember',
      'spec.journalNodes.hosts[2]: Host m2 is given twice',
    ],
    [
      'two JournalNodes at one address',
      { journalNodes: { ...journalNodes, hosts: ['m1', 'm2', 'twin'] } },
      'DuplicateMember',
      'spec.journalNodes.hosts[2]: the JournalNode on twin is on the address 10.9.0.1 of m1',
    ],
    [
      'names in a directory of the system',
      { nameNodes: { ...nameNodes, nameDirs: [{ mount: '/', path: 'etc/dfs' }] } },
      'InvalidSpec',
      'spec.nameNodes.nameDirs[0]: /etc/dfs lies in /etc, which belongs to the system',
    ],
    [
      'a journal in a directory that everybody shares',
      { journalNodes: { ...journalNodes, editsDir: { mount: '/', path: 'var/lib' } } },
      'InvalidSpec',
      'spec.journalNodes.editsDir: /var/lib contains',
    ],
    [
      'blocks inside the names',
      {
        dataNodeGroups: [
          { ...group, hosts: ['m1'], hostSelector: undefined, dataDirs: [{ mount: '/data', path: 'dfs/nn/data' }] },
        ],
        hdfsSite: { 'dfs.replication': '1' },
      },
      'DirectoryCollision',
      'hdfs-datanode-m1 on m1 would use /data/dfs/nn/data, which is, contains or lies in /data/dfs/nn of hdfs-namenode-nn1',
    ],
    [
      'a directory inside another of the same NameNode',
      { nameNodes: { ...nameNodes, nameDirs: [...nameNodes.nameDirs, { mount: '/data', path: 'dfs/nn/2' }] } },
      'DirectoryCollision',
      '/data/dfs/nn/2, which is, contains or lies in /data/dfs/nn of hdfs-namenode-nn1',
    ],
    [
      'more copies than DataNodes',
      { hdfsSite: { 'dfs.replication': '4' } },
      'InvalidSpec',
      'spec.hdfsSite[dfs.replication]: 4 is more than the 3 DataNodes declared',
    ],
    [
      'more copies than DataNodes, by default',
      { dataNodeGroups: [{ ...group, hosts: ['w1', 'w2'], hostSelector: undefined }] },
      'InvalidSpec',
      'spec.hdfsSite[dfs.replication]: 3, by default, is more than the 2 DataNodes declared',
    ],
    ['no number of copies', { hdfsSite: { 'dfs.replication': 'many' } }, 'InvalidSpec', 'many is no number of copies'],
    [
      'all disks may fail',
      { dataNodeGroups: [{ ...group, failedVolumesTolerated: 1 }] },
      'InvalidSpec',
      'spec.dataNodeGroups[0].failedVolumesTolerated: 1 of 1 dataDirs may fail',
    ],
    [
      'hosts and a selector',
      { dataNodeGroups: [{ ...group, hosts: ['w1', 'w2', 'w3'] }] },
      'InvalidSpec',
      'spec.dataNodeGroups[0]: give exactly one of hosts and hostSelector',
    ],
    [
      'a selector that fits nobody',
      { dataNodeGroups: [{ ...group, hostSelector: { matchLabels: { role: 'none' } } }] },
      'NoHostMatches',
      'spec.dataNodeGroups[0].hostSelector: no Host has the labels role=none',
    ],
    [
      'a host in two groups',
      { dataNodeGroups: [group, { ...group, name: 'more', hosts: ['w1'], hostSelector: undefined }] },
      'DuplicateMember',
      'spec.dataNodeGroups[1] (more): Host w1 already has a DataNode of group workers',
    ],
    [
      'a JournalNode on the port of the NameNode',
      { journalNodes: { ...journalNodes, ports: { rpc: 8020 } } },
      'PortCollision',
      'port 8020 on m1 is claimed by spec.journalNodes.ports.rpc (JournalNode) and by spec.nameNodes.ports.rpc (NameNode)',
    ],
    [
      'a NameNode with one port for two things',
      { nameNodes: { ...nameNodes, ports: { rpc: 9870 } } },
      'PortCollision',
      'spec.nameNodes.ports.http: port 9870 is also spec.nameNodes.ports.rpc',
    ],
    [
      'a DataNode with one port for two things',
      { dataNodeGroups: [{ ...group, ports: { ipc: 9864 } }] },
      'PortCollision',
      'spec.dataNodeGroups[0].ports.http: port 9864 is also spec.dataNodeGroups[0].ports.ipc',
    ],
    [
      'Block without a method',
      { fencing: { fallback: 'Block' } },
      'InvalidSpec',
      'spec.fencing: with Block and no method nobody could ever take over',
    ],
    ['a method that is none', methods({}), 'InvalidSpec', 'spec.fencing.methods[0]: give exactly one of ssh and shell'],
    [
      'ssh twice',
      methods(ssh('fencing', 'id_ecdsa'), ssh('fencing', 'id_ecdsa')),
      'InvalidSpec',
      'spec.fencing.methods[1]: ssh is given twice',
    ],
    [
      'a command with what Hadoop takes for a comment',
      methods({ shell: { command: 'off #now' } }),
      'InvalidSpec',
      'spec.fencing.methods[0].shell.command: Hadoop takes what follows a # for a comment',
    ],
    [
      'a key that does not exist',
      methods({ shell: { command: 'off' } }, ssh('no', 'id')),
      'SecretNotFound',
      'spec.fencing.methods[1].ssh.privateKeySecretRef: Secret no does not exist',
    ],
    [
      'a key under another name',
      methods(ssh('fencing', 'id')),
      'SecretNotFound',
      'spec.fencing.methods[0].ssh.privateKeySecretRef: Secret fencing has no key id',
    ],
    [
      'a key in a form that Hadoop does not read',
      methods(ssh('odd', 'openssh')),
      'InvalidSpec',
      'ssh-keygen -t ecdsa -m PEM',
    ],
    [
      'a key with a passphrase',
      methods(ssh('odd', 'locked')),
      'InvalidSpec',
      'has a passphrase, which nobody would type',
    ],
    [
      'a proxy user from a host that does not exist',
      { proxyUsers: [{ user: 'hue', hosts: ['*', 'm9'], groups: ['*'] }] },
      'HostNotFound',
      'spec.proxyUsers[0].hosts[1]: there is no Host m9',
    ],
    [
      'a heap among the options',
      { nameNodes: { ...nameNodes, jvm: { options: ['-Xmx8g'] } } },
      'OwnedKey',
      'spec.nameNodes.jvm.options[0] -Xmx8g',
    ],
    [
      'an option that the scripts would tear apart',
      { failover: { jvm: { options: ['-XX:OnError=kill %p'] } } },
      'InvalidSpec',
      'spec.failover.jvm.options[0]: a list of options in hadoop-env.sh cannot hold',
    ],
    [
      'a value that XML cannot hold',
      { coreSite: { a: 'x\uffff' } },
      'InvalidSpec',
      'spec.coreSite[a]: an XML file cannot hold',
    ],
    [
      'two digests',
      { software: { archive: { ...minimal.software.archive, sha512: 'b'.repeat(128) } } },
      'InvalidSpec',
      'spec.software: give exactly one of archive (with exactly one of sha256 and sha512) and packages',
    ],
    [
      'an archive and packages',
      { software: { ...minimal.software, packages: ['hadoop-hdfs-namenode'] } },
      'InvalidSpec',
      'spec.software: give exactly one of archive',
    ],
    [
      'a missing ConfigMap',
      { extraFiles: [{ path: '/etc/x.conf', configMapRef: { name: 'no', key: 'x' } }] },
      'ConfigMapNotFound',
      'ConfigMap no does not exist',
    ],
  ]

  const m1 = hosts['m1']
  if (m1 === undefined) throw new Error('no host m1')
  const more = {
    hosts: { ...hosts, twin: { ...m1, name: 'twin' } },
    secrets: {
      fencing: { id_ecdsa: '-----BEGIN EC PRIVATE KEY-----\nMHc=\n' },
      odd: {
        openssh: '-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n',
        locked: '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n',
      },
    },
  }

  test.each(cases)('%s', (_, changed, code, words) => {
    const problems = refused({ ...minimal, ...changed }, more)
    const found = problems.find((one) => one.code === code && one.message.includes(words))
    expect(found, JSON.stringify(problems, null, 1)).toBeDefined()
  })
})

describe('keys that ironherd sets itself', () => {
  const site = (keys: Readonly<Record<string, string>>): readonly Readonly<Record<string, unknown>>[] => [
    { coreSite: keys },
    { hdfsSite: keys },
    { nameNodes: { ...nameNodes, hdfsSite: keys } },
    { journalNodes: { ...journalNodes, hdfsSite: keys } },
    { failover: { hdfsSite: keys } },
    { dataNodeGroups: [{ ...group, hdfsSite: keys }] },
  ]
  const remedies = (changed: Readonly<Record<string, unknown>>) =>
    refused({ ...minimal, ...changed })
      .filter(({ code }) => code === 'OwnedKey')
      .map(({ message }) => message)

  test('are refused in every map of Hadoop keys by name, also for one nameservice or NameNode, with what to use', () => {
    const suffix = fc.constantFrom('', '.nameservice1', '.nameservice1.nn1', '.hue.hosts')
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(siteOwned)), suffix, fc.nat(5), (key, part, map) => {
        const [message = ''] = remedies(site({ [`${key}${part}`]: 'x' })[map] ?? {})
        expect(message).toContain(`${key}${part} is set by ironherd; remove it and use ${siteOwned[key]}`)
      }),
    )
  })

  test.each([
    ...Object.keys(hadoopEnvOwned).map((key) => ['hadoopEnv', key, hadoopEnvOwned[key]] as const),
    ...Object.keys(log4jOwned).map((key) => ['log4j', key, log4jOwned[key]] as const),
  ])('%s: %s', (field, key, instead) => {
    expect(remedies({ [field]: { [key]: 'x' } })).toEqual([
      `spec.${field}: ${key} is set by ironherd; remove it and use ${instead}`,
    ])
  })

  test('are no others: a key that only begins alike is free', () => {
    expect(remedies({ hdfsSite: { 'dfs.hostsfile': 'x', 'fs.defaultFSx': 'x' } })).toEqual([])
  })

  test('are all that ironherd writes: nothing that it sets can be set beside it', () => {
    const written = expanded().members.flatMap(({ files }) =>
      files
        .filter(({ path }) => path.endsWith('-site.xml'))
        .flatMap(({ content }) => [...content.matchAll(/<name>([^<]*)<\/name>/g)].map(([, name = '']) => name)),
    )
    for (const key of new Set(written)) expect([key, remedies({ hdfsSite: { [key]: 'x' } }).length]).toEqual([key, 1])
  })
})
