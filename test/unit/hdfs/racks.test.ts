import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { HostView } from '../../../src/model/kind.ts'
import { expanded, fileOf, hosts, memberOf, minimal, standingOf } from './cluster.ts'

const domains: Readonly<Record<string, string>> = { w1: 'r1', w2: 'r2', m3: 'r2' }
const spread = inDomains(domains)

function inDomains(of: Readonly<Record<string, string>>): Readonly<Record<string, HostView>> {
  const views = Object.values(hosts).map((host): HostView => {
    const failureDomain = of[host.name]
    return failureDomain === undefined ? host : { ...host, failureDomain }
  })
  return Object.fromEntries(views.map((view) => [view.name, view]))
}

describe('racks from failure domains', () => {
  const nameNode = memberOf(expanded(minimal, { hosts: spread }), 'hdfs-namenode-nn1')

  test('stand in the map of each NameNode, also of hosts that have no DataNode yet', () => {
    const map = fileOf(nameNode, 'topology.map')
    expect(map.split('\n').filter((line) => line.startsWith('10'))).toEqual([
      '10.9.0.3 /r2',
      '10.9.0.4 /r1',
      '10.9.0.5 /r2',
    ])
  })

  test('restart nobody when a host comes', () => {
    const more = expanded(minimal, { hosts: inDomains({ ...domains, w3: 'r3' }) })
    for (const member of expanded(minimal, { hosts: spread }).members) {
      const now = memberOf(more, member.id)
      const loaded = member.files.filter(({ restart }) => restart)
      expect(now.files.filter(({ restart }) => restart)).toEqual(loaded)
    }
    expect(fileOf(memberOf(more, 'hdfs-namenode-nn2'), 'topology.map')).toContain('10.9.0.6 /r3\n')
  })

  test('are asked by a script that the daemon can run and nobody else can write', () => {
    const script = nameNode.files.find(({ path }) => path.endsWith('/topology.sh'))
    expect([script?.mode, script?.owner, script?.group]).toEqual(['750', 'root', 'hdfs'])
    expect(fileOf(nameNode, 'core-site.xml')).toContain(
      `<name>net.topology.script.file.name</name><value>${script?.path}</value>`,
    )
  })

  test('are what DataNodes of two of them are not restarted together for', () => {
    const { members } = expanded(minimal, { hosts: spread })
    const domainOf = (id: string) => members.find((member) => member.id === id)?.domain
    expect(['w1', 'w2'].map((host) => domainOf(`hdfs-datanode-${host}`))).toEqual(['/r1', '/r2'])
    expect(domainOf('hdfs-namenode-nn1')).toBeUndefined()
  })

  test('are left out where nobody wants them', () => {
    const none = memberOf(expanded({ ...minimal, racks: 'None' }, { hosts: spread }), 'hdfs-namenode-nn1')
    expect(none.files.some(({ path }) => path.includes('topology'))).toBe(false)
    expect(fileOf(none, 'core-site.xml')).not.toContain('topology')
  })
})

describe('the script', () => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'topology-'))
    const member = memberOf(expanded(minimal, { hosts: spread }), 'hdfs-namenode-nn1')
    writeFileSync(join(directory, 'topology.sh'), fileOf(member, 'topology.sh'))
    writeFileSync(join(directory, 'topology.map'), `${fileOf(member, 'topology.map')}localhost /here\n`)
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  test.each([
    ['an address', ['10.9.0.4'], ['/r1']],
    ['several, in their order', ['10.9.0.5', '10.9.0.4'], ['/r2', '/r1']],
    ['somebody unknown among them', ['10.9.0.4', '10.9.0.99', '10.9.0.5'], ['/r1', '/default-rack', '/r2']],
    ['an address of a host that stands by its name', ['127.0.0.1'], ['/here']],
    ['what is no address', ['*', '', '10.9.0.[45]'], ['/default-rack', '/default-rack', '/default-rack']],
    ['nobody', [], []],
  ])('says one rack for each: %s', (_, given, racks) => {
    const { status, stderr, stdout } = spawnSync('bash', [join(directory, 'topology.sh'), ...given], {
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout.split('\n').slice(0, -1)).toEqual(racks)
  })
})

describe('another rack for DataNodes that run', () => {
  const standing = standingOf(expanded(minimal, { hosts: spread }))
  const refusals = (of: Readonly<Record<string, string>>, raw: unknown = minimal): readonly string[] =>
    expanded(raw, { hosts: inDomains(of), standing }).refusals.map(({ code, message }) => `${code} ${message}`)

  test.each([
    ['is none', { ...domains, m1: 'r9' }, minimal, []],
    [
      'is refused',
      { ...domains, w1: 'r7' },
      minimal,
      ['spec.racks, failureDomain of Host w1: hdfs-datanode-w1 runs in /r1, and would be in /r7; the blocks'],
    ],
    [
      'is refused where there was none',
      { ...domains, w3: 'r3' },
      minimal,
      ['runs in /default-rack, and would be in /r3'],
    ],
    [
      'is refused once for all of them',
      domains,
      { ...minimal, racks: 'None' },
      ['runs in /r1, and would be in /default-rack, and 1 more would move so'],
    ],
  ])('%s', (_, of, raw, words) => {
    const found = refusals(of, raw)
    expect(found.length).toBe(words.length)
    for (const word of words) expect(found[0]).toContain(word)
    for (const message of found) expect(message).toMatch(/^MembershipChangeUnsupported .*put it back/)
  })

  test('a record of a release without racks says nothing of them', () => {
    const old = standing.map((one) => {
      const { rack: _, ...record } = one.record
      return { ...one, record }
    })
    expect(expanded(minimal, { hosts: inDomains({}), standing: old }).refusals).toEqual([])
  })
})
