import { describe, expect, test } from 'vitest'
import { assessHdfs } from '../../../src/clusters/hdfs/assess.ts'
import { hdfsReferences } from '../../../src/clusters/hdfs/references.ts'
import type { StandingMember } from '../../../src/model/kind.ts'
import { expanded, fileOf, hosts, memberOf, minimal, refused, specOf, standingOf } from './cluster.ts'
import { factsOf, livingWorld, now } from './machines.ts'

const withClients = { ...minimal, clients: { hosts: ['w1', 'm3'] } }
const client = memberOf(expanded(withClients), 'hdfs-client-w1')

describe('the configuration of clients on a host', () => {
  test('is what the ConfigMap holds, in one place on all hosts, for everybody to read', () => {
    const { clientFiles } = expanded(withClients)
    for (const [name, content] of Object.entries(clientFiles?.files ?? {})) expect(fileOf(client, name)).toBe(content)
    expect(client.files.map(({ path, mode }) => [path, mode])).toEqual([
      ['/etc/ironherd/ironherd-data-files-client/core-site.xml', '644'],
      ['/etc/ironherd/ironherd-data-files-client/hdfs-site.xml', '644'],
    ])
    expect(client.directories.every(({ mode }) => mode === '755')).toBe(true)
    const other = memberOf(expanded(withClients), 'hdfs-client-m3')
    expect(other.files).toEqual(client.files)
  })

  test('installs nothing and runs nothing', () => {
    expect(client.software).toMatchObject({ from: 'packages', packages: [] })
    expect([client.java.minimumVersion, client.unit.running, client.unit.enabled]).toEqual([0, false, false])
    expect(client.files.some(({ restart, path }) => restart || path === client.unit.path)).toBe(false)
  })

  test('names its hosts, so that they are looked at and are in use', () => {
    expect(hdfsReferences(specOf({ ...minimal, clients: { hosts: ['w9'] } })).hosts).toContain('w9')
    const [problem] = refused({ ...minimal, clients: { hosts: ['w9'] } })
    expect(problem?.message).toContain('spec.clients.hosts[0]: there is no Host w9')
  })

  test('serves where its host is seen', () => {
    const expansion = expanded(withClients)
    const verdicts = (unreachable: readonly string[]) => {
      const { health } = assessHdfs(expansion, factsOf(expansion, { ...livingWorld(expansion), unreachable }), now)
      return ['w1', 'm3'].map((host) => health[`hdfs-client-${host}`]?.verdict)
    }
    expect(verdicts([])).toEqual(['serving', 'serving'])
    expect(verdicts(['w1'])).toEqual(['unknown', 'serving'])
  })

  test('leaves with its files when its host is named no more', () => {
    const standing = standingOf(expanded(withClients))
    const { leaving, refusals } = expanded({ ...minimal, clients: { hosts: ['m3'] } }, { standing })
    expect(refusals).toEqual([])
    expect(leaving.map(({ member }) => [member.id, member.host, member.files.length])).toEqual([
      ['hdfs-client-w1', 'w1', 0],
    ])
  })

  test('is no sign that the file system ever lived', () => {
    const standing = standingOf(expanded(withClients)).filter(({ record }) => record['role'] === 'hdfs-client')
    const after = expanded(withClients, { standing, uid: 'u2', unseen: ['m2'] })
    expect(after.members.find(({ id }) => id === 'hdfs-namenode-nn1')?.rules).toMatchObject({
      born: '',
      clusterId: 'CID-u2',
    })
    expect(after.refusals.map(({ code }) => code)).toEqual(['FirstStartRefused'])
    const old: readonly StandingMember[] = standing.map((one) => ({
      ...one,
      record: { ...one.record, clusterId: 'CID-old' },
    }))
    expect(expanded(withClients, { standing: old }).refusals).toEqual([])
  })
})

describe('further jars', () => {
  const jars = ['/opt/jars/a.jar', '/opt/jars/b.jar']

  test('are on the class path of every daemon', () => {
    const { members } = expanded({ ...minimal, extraJars: jars })
    for (const member of members) {
      expect(fileOf(member, 'hadoop-env.sh')).toContain('export HADOOP_CLASSPATH=/opt/jars/a.jar:/opt/jars/b.jar\n')
    }
  })

  test('that are missing are told, once for each host', () => {
    const expansion = expanded({ ...minimal, extraJars: jars })
    const facts = factsOf(expansion, livingWorld(expansion))
    const { shortfalls } = assessHdfs(expansion, facts, now)
    expect(shortfalls.filter((text) => text.includes('on m1'))).toEqual([
      '/opt/jars/a.jar (spec.extraJars) is not on m1',
      '/opt/jars/b.jar (spec.extraJars) is not on m1',
    ])
    expect(shortfalls).toHaveLength(2 * Object.keys(hosts).length)
  })
})
