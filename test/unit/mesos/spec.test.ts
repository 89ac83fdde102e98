import { describe, expect, test } from 'vitest'
import { agentFlagsOwned, masterFlagsOwned } from '../../../src/api/mesos-owned.ts'
import { mesos } from '../../../src/clusters/mesos/kind.ts'
import { agentFlags, masterFlags } from '../../../src/services/mesos-common/flag-names.ts'
import { expanded, group, hosts, inputOf, rawSpec, refused, withAgents, withMasters } from './fixture.ts'

function said(raw: unknown, past: Parameters<typeof refused>[1] = {}): string {
  return refused(raw, past)
    .map(({ code, message }) => `${code} ${message}`)
    .join('\n')
}

const { software } = rawSpec

describe('a spec that cannot work is refused, by name and with what to do', () => {
  test.each([
    ['an even number of masters', withMasters({ hosts: ['m1', 'm2'] }), 'give 1, 3, 5 or 7'],
    ['a master twice', withMasters({ hosts: ['m1', 'm1', 'm2'] }), 'is given twice'],
    ['a host that does not exist', withMasters({ hosts: ['m9'] }), 'there is no Host m9'],
    ['packages', { ...rawSpec, software: { packages: ['mesos'] } }, 'into an archive with one top directory'],
    ['no software', { ...rawSpec, software: {} }, 'give exactly one of sha256 and sha512'],
    [
      'two digests',
      { ...rawSpec, software: { archive: { ...software.archive, sha512: 'ab'.repeat(64) } } },
      'exactly one of sha256',
    ],
    ['an old version', { ...rawSpec, version: '1.4.3' }, 'Mesos 1.5 to 1.12'],
    ['a version that is none', { ...rawSpec, version: '1.13.0' }, 'Mesos 1.5 to 1.12'],
    ['no ZooKeeper', { ...rawSpec, zookeeperRef: undefined }, 'exactly one of zookeeperRef and zookeeperConnect'],
    ['two ZooKeepers', { ...rawSpec, zookeeperConnect: 'z1:2181' }, 'exactly one of zookeeperRef and zookeeperConnect'],
    [
      'a ZooKeeper that does not exist',
      { ...rawSpec, zookeeperRef: { name: 'zk9' } },
      'there is no ZookeeperCluster/zk9',
    ],
    ['a directory of the system', withMasters({ workDir: { mount: '/', path: 'etc/mesos' } }), 'belongs to the system'],
    ['agents of nobody', withAgents({ hostSelector: { matchLabels: { role: 'none' } } }), 'no Host has the labels'],
    ['agents by name and by label', withAgents({ hosts: ['w1'] }), 'exactly one of hosts and hostSelector'],
    [
      'two agents on a host',
      { ...rawSpec, agentGroups: [group, { ...group, name: 'x', port: 5052 }] },
      'already has an agent of group w',
    ],
    ['what stands for nothing', withAgents({ attributes: { rack: '$(zone)' } }), 'only $(host) and $(failureDomain)'],
    ['a lone dollar', withAgents({ attributes: { rack: 'a$b' } }), 'only $(host) and $(failureDomain)'],
  ])('%s', (_, raw, words) => {
    expect(said(raw)).toContain(words)
  })

  test('a rack that the Host does not say', () => {
    const bare = {
      ...hosts,
      w2: {
        name: 'w2',
        serviceAddress: '127.0.0.13',
        advertisedAddress: '127.0.0.13',
        labels: { role: 'agent' },
        lost: false,
      },
    }
    expect(said(rawSpec, { hosts: bare })).toContain('Host w2 has no failureDomain')
  })

  test.each([
    ['attributes that do not parse', { attributes: { rack: 'a;b' } }],
    ['a name with a colon', { attributes: { 'a:b': 'c' } }],
    ['a resource that is none', { resources: { cpus: 'many' } }],
    ['a line break', { environment: { A: 'b\nc' } }],
  ])('%s', (_, change) => {
    expect(refused(withAgents(change)).map(({ code }) => code)).toEqual(['InvalidSpec'])
  })

  test('a master and an agent that share a directory, or a port, on one host', () => {
    const both = withAgents({
      hostSelector: undefined,
      hosts: ['m1'],
      attributes: {},
      port: 5050,
      workDir: { mount: '/data', path: 'mesos' },
    })
    expect(refused(both).map(({ code }) => code)).toEqual(['PortCollision', 'DirectoryCollision'])
  })
})

describe('flags of the user', () => {
  const flags = (name: string, value = 'x') => ({ flags: { [name]: value } })

  test.each([
    ['quorum', 'use masters.hosts'],
    ['zk', 'zookeeperRef or zookeeperConnect'],
    ['slave_ping_timeout', 'use masters.agentPingTimeoutSeconds'],
    ['authenticate', 'authentication is not built'],
    ['log_auto_initialize', 'only the first start'],
  ])('of a master: %s is owned, also by its older name', (name, words) => {
    expect(said(withMasters(flags(name)))).toContain('OwnedKey')
    expect(said(withMasters(flags(name)))).toContain(words)
  })

  test.each([
    ['attributes', 'attributes of the agent group'],
    ['recover', 'cleanup would end every task'],
    ['domain', 'part of an agent’s identity'],
  ])('of an agent: %s is owned', (name, words) => {
    expect(said(withAgents(flags(name)))).toContain(words)
  })

  test('that the daemon does not know would end it at once, and are refused', () => {
    expect(said(withMasters(flags('no_such')))).toContain('Mesos 1.12 knows no flag no_such')
    expect(said(withMasters(flags('gc_delay')))).toContain('knows no flag gc_delay')
    expect(said(withAgents(flags('offer_timeout')))).toContain('knows no flag offer_timeout')
    expect(said(withMasters(flags('user_sorter', 'drf')))).toContain('write role_sorter')
    expect(said(withAgents({ environment: { MESOS_PORT: '1' } }))).toContain('MESOS_PORT is set by ironherd')
  })

  test('that are owned exist, or are older names of such', () => {
    expect(Object.keys(masterFlagsOwned).filter((name) => !masterFlags.includes(name))).toEqual([])
    expect(Object.keys(agentFlagsOwned).filter((name) => !agentFlags.includes(name))).toEqual([])
  })

  test('go on the command line as they are', () => {
    expect(refused(withMasters(flags('offer_timeout', '5mins')))).toEqual([])
  })
})

describe('what a spec names', () => {
  test('is watched: hosts, labels and the ensemble', () => {
    expect(mesos.references(inputOf(rawSpec).object.spec)).toMatchObject({
      hosts: ['m1', 'm2', 'm3'],
      hostSelectors: [{ matchLabels: { role: 'agent' } }],
      clusters: [{ kind: 'ZookeeperCluster', name: 'zk' }],
    })
  })

  test('may be an ensemble that ironherd does not run: then the masters say whether it serves', () => {
    const foreign = expanded({
      ...rawSpec,
      zookeeperRef: undefined,
      zookeeperConnect: 'z1:2181,z2:2181',
      zookeeperPath: '/a/b',
    })
    expect(foreign.upstream).toEqual([])
    expect(foreign.members[0]?.znodes).toEqual([
      { connect: 'z1:2181,z2:2181', path: '/a/b', field: 'spec.zookeeperPath' },
    ])
    expect(foreign.members[0]?.files.at(-1)?.content).toContain('--zk=zk://z1:2181,z2:2181/a/b ')
  })
})
