import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Member } from '../../../src/model/member.ts'
import { expanded, fileOf, hosts, memberOf, minimal } from './cluster.ts'

const folder = join(import.meta.dirname, '../../cases/hdfs/files')

/** Everything that a member puts on its host, as text: a change of any byte restarts the daemons of all users. */
function shown(member: Member): string {
  const directories = member.directories.map(
    ({ group, mode, mount = '', owner, path }) => `${path} ${mode} ${owner}:${group} ${mount}`,
  )
  const files = member.files.map(
    ({ content, group, mode, owner, path, restart, secret }) =>
      `--- ${path} ${mode} ${owner}:${group}${restart ? ' restart' : ''}${secret ? ' secret' : ''}\n${content}`,
  )
  const ports = member.ports.map((claim) => `${claim.port} ${claim.purpose}`)
  const head = [`software: ${member.software.path}`, `ports: ${ports.join(', ')}`, 'directories:', ...directories]
  return `${head.join('\n')}\n${files.join('')}`
}

describe('what stands on the host of', () => {
  test.each([
    ['everything', 'hdfs-journalnode-m1'],
    ['everything', 'hdfs-namenode-nn1'],
    ['everything', 'hdfs-zkfc-nn1'],
    ['everything', 'hdfs-datanode-w1'],
    ['simple', 'hdfs-namenode-nn1'],
    ['simple', 'hdfs-secondarynamenode-m2'],
    ['simple', 'hdfs-datanode-w1'],
    ['hadoop2', 'hdfs-namenode-nn2'],
    ['hadoop2', 'hdfs-datanode-w1'],
  ])('%s: %s', async (name, id) => {
    const spec: unknown = parse(readFileSync(join(folder, `${name}.yaml`), 'utf8'))
    await expect(shown(memberOf(expanded(spec), id))).toMatchFileSnapshot(join(folder, `${name}-${id}.txt`))
  })
})

test('packages: their command is run, and their own units are masked', () => {
  const packaged = expanded({ ...minimal, software: { packages: ['hadoop-hdfs-namenode', 'hadoop-hdfs-datanode'] } })
  const nameNode = memberOf(packaged, 'hdfs-namenode-nn1')
  expect(nameNode.software).toMatchObject({
    from: 'packages',
    packages: ['hadoop-hdfs-namenode', 'hadoop-hdfs-datanode'],
    maskUnits: expect.arrayContaining(['hadoop-hdfs-namenode.service', 'hadoop-httpfs.service']) as string[],
  })
  expect(fileOf(nameNode, nameNode.unit.name)).toContain('/usr/bin/hdfs --config /etc/ironherd/')
})

const { members } = expanded()

test.each(members.map(({ id }) => [id]))('the files of %s forbid a format', (id) => {
  const text = fileOf(memberOf(expanded(), id), 'hdfs-site.xml')
  expect(text).toContain('<name>dfs.namenode.support.allow.format</name><value>false</value>')
  expect(text).toContain('<name>dfs.reformat.disabled</name><value>true</value>')
})

test.each([
  ['nameNodes', { nameNodes: { ...minimal.nameNodes, hdfsSite: { 'dfs.x': '1' } } }, ['hdfs-namenode']],
  ['journalNodes', { journalNodes: { ...minimal.journalNodes, hdfsSite: { 'dfs.x': '1' } } }, ['hdfs-journalnode']],
  ['failover', { failover: { hdfsSite: { 'dfs.x': '1' } } }, ['hdfs-zkfc']],
  [
    'a group of DataNodes',
    { dataNodeGroups: minimal.dataNodeGroups.map((group) => ({ ...group, hdfsSite: { 'dfs.x': '1' } })) },
    ['hdfs-datanode'],
  ],
  ['proxyUsers', { proxyUsers: [{ user: 'hue', hosts: ['*'], groups: ['*'] }] }, ['hdfs-namenode']],
  ['fencing', { fencing: { methods: [{ shell: { command: 'off' } }] } }, ['hdfs-zkfc']],
  ['all', { hdfsSite: { 'dfs.x': '1' } }, ['hdfs-datanode', 'hdfs-journalnode', 'hdfs-namenode', 'hdfs-zkfc']],
])('a key of %s restarts those who read it and nobody else', (_, more, services) => {
  const after = expanded({ ...minimal, ...more })
  const restarted = members.filter((member) => {
    const now = memberOf(after, member.id)
    return member.files.some((file, index) => file.restart && file.content !== now.files[index]?.content)
  })
  expect([...new Set(restarted.map(({ service }) => service))].sort()).toEqual(services)
})

test("a role's own key wins over that of all, and ironherd's over both", () => {
  const spec = {
    ...minimal,
    coreSite: { 'io.file.buffer.size': '65536' },
    hdfsSite: { 'dfs.a': 'all', 'dfs.b': 'all' },
    nameNodes: { ...minimal.nameNodes, hdfsSite: { 'dfs.b': 'names' } },
  }
  const member = memberOf(expanded(spec), 'hdfs-namenode-nn1')
  const text = fileOf(member, 'hdfs-site.xml')
  expect(text).toContain('<name>dfs.a</name><value>all</value>')
  expect(text).toContain('<name>dfs.b</name><value>names</value>')
  expect(fileOf(member, 'core-site.xml')).toContain('<name>io.file.buffer.size</name><value>65536</value>')
})

test.each([
  ['nobody is asked', {}, ['shell(/bin/true)']],
  [
    'a command',
    { methods: [{ shell: { command: "off '$target_host'" } }] },
    ["shell(timeout --kill-after=5 30 bash -c 'off '\\''$target_host'\\''')", 'shell(/bin/true)'],
  ],
  [
    'ssh, then nothing',
    {
      methods: [{ ssh: { privateKeySecretRef: { name: 'fencing', key: 'id_ecdsa' }, user: 'root' } }],
      fallback: 'Block',
    },
    ['sshfence(root:22)', 'shell(/etc/ironherd/ironherd-data-files-hdfs-zkfc-nn1/proven-off.sh)'],
  ],
])('fencing methods: %s', (_, fencing, lines) => {
  const text = fileOf(memberOf(expanded({ ...minimal, fencing }), 'hdfs-zkfc-nn1'), 'hdfs-site.xml')
  const value = /<name>dfs.ha.fencing.methods<\/name><value>(.*)<\/value>/.exec(text)?.[1]
  expect(value?.split('&#10;')).toEqual(lines)
})

test.each([
  ['by address', '10.9.0.1', true],
  ['one of them by name', 'm1.example', false],
])('hosts are declared %s: whether addresses stay what they are', (_, serviceAddress, kept) => {
  const { m1 } = hosts
  if (m1 === undefined) throw new Error('no host')
  const result = expanded(minimal, { hosts: { ...hosts, m1: { ...m1, serviceAddress } } })
  const text = fileOf(memberOf(result, 'hdfs-zkfc-nn1'), 'core-site.xml')
  expect(text.includes('<name>hadoop.security.token.service.use_ip</name><value>false</value>')).toBe(kept)
})
