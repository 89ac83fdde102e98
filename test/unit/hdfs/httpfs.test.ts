import { describe, expect, test } from 'vitest'
import { hdfsReferences } from '../../../src/clusters/hdfs/references.ts'
import { type Fact, known, unknown } from '../../../src/model/fact.ts'

import type { HttpAnswer } from '../../../src/model/question.ts'
import { rulesOf } from '../../../src/services/hdfs-common/rules.ts'
import { httpFsReply } from '../../../src/services/hdfs-httpfs/answers.ts'
import { httpFsQuestion } from '../../../src/services/hdfs-httpfs/probe.ts'
import { httpFsRepairs } from '../../../src/services/hdfs-httpfs/repairs.ts'
import { expanded, fileOf, memberOf, minimal, refused, specOf, standingOf } from './cluster.ts'
import { seen } from './judged.ts'
import { type Daemon, livingWorld, now } from './machines.ts'

const proxyUsers = [
  { user: 'httpfs', hosts: ['w1', 'w2'], groups: ['*'] },
  { user: 'hue', hosts: ['m3'], groups: ['users'] },
]
const spec = { ...minimal, httpFs: { hosts: ['w1', 'w2'], site: { 'httpfs.x': '1' } }, proxyUsers }
const expansion = expanded(spec)
const gateway = memberOf(expansion, 'hdfs-httpfs-w1')

describe('a gateway', () => {
  test('runs as a user of its own, who can read its files', () => {
    expect(gateway.user).toEqual({ name: 'httpfs', group: 'httpfs', create: true })
    const own = gateway.files.filter(({ path }) => path.startsWith('/etc/'))
    expect(own.map(({ group, mode }) => `${group} ${mode}`)).toEqual(own.map(() => 'httpfs 640'))
    const unit = gateway.files.find(({ path }) => path === gateway.unit.path)?.content
    expect(unit).toContain('User=httpfs\n')
    expect(unit).toMatch(/bin\/hdfs --config \S+ httpfs$/m)
    expect(unit).toMatch(/HTTPFS_TEMP=\/run\/ironherd\/\S+\/temp/)
  })

  test('lets the same users act for others as the NameNodes do, and itself not', () => {
    const site = fileOf(gateway, 'httpfs-site.xml')
    expect(site).toContain('<name>httpfs.proxyuser.hue.hosts</name><value>10.9.0.3</value>')
    expect(site).toContain('<name>httpfs.proxyuser.hue.groups</name><value>users</value>')
    expect(site).not.toContain('proxyuser.httpfs')
    expect(site).toContain('<name>httpfs.http.port</name><value>14000</value>')
    expect(site).toContain('<name>httpfs.x</name><value>1</value>')
    expect(fileOf(memberOf(expansion, 'hdfs-namenode-nn1'), 'core-site.xml')).toContain(
      '<name>hadoop.proxyuser.httpfs.hosts</name><value>10.9.0.4,10.9.0.5</value>',
    )
  })

  test('names its hosts, starts behind the DataNodes, and leaves like any other', () => {
    expect(hdfsReferences(specOf({ ...spec, httpFs: { hosts: ['w9'] } })).hosts).toContain('w9')
    const order = (name: string) => expansion.groups.find((group) => group.name === name)?.order ?? 0
    expect(order('httpfs')).toBeGreaterThan(order('datanodes-workers'))
    const { leaving, refusals } = expanded(minimal, { standing: standingOf(expansion) })
    expect(refusals).toEqual([])
    expect(leaving.map(({ member }) => [member.id, member.user.name, member.rules?.['port']])).toEqual([
      ['hdfs-httpfs-w1', 'httpfs', '14000'],
      ['hdfs-httpfs-w2', 'httpfs', '14000'],
    ])
  })
})

test.each([
  [
    'without its user',
    { proxyUsers: [] },
    'spec.httpFs: HttpFS acts for those who ask it: name httpfs in spec.proxyUsers, from w1, w2',
  ],
  [
    'from another host than its user may act from',
    { proxyUsers: [{ user: 'httpfs', hosts: ['w1'], groups: ['*'] }] },
    'spec.httpFs.hosts: httpfs may act for others from w1, and not from w2; add it',
  ],
  ['of Hadoop 2', { version: '2.10.2' }, 'spec.httpFs: HttpFS of Hadoop 2.10.2 is a web application of Tomcat'],
  ['on a host that does not exist', { httpFs: { hosts: ['w9'] } }, 'spec.httpFs.hosts[0]: there is no Host w9'],
  [
    'with a key that is the spec’s',
    { httpFs: { hosts: ['w1'], site: { 'httpfs.http.port': '1' } } },
    'httpfs.http.port is set by ironherd; remove it and use httpFs.port',
  ],
  [
    'on a port of a DataNode',
    { httpFs: { hosts: ['w1'], port: 9864 } },
    'port 9864 on w1 is claimed by spec.dataNodeGroups[0].ports.http (web UI of the DataNode) and by spec.httpFs.port (HttpFS)',
  ],
])('a gateway %s is refused', (_, more, words) => {
  expect(
    refused({ ...spec, ...more })
      .map(({ message }) => message)
      .join('\n'),
  ).toContain(words)
})

test.each([['*'], ['10.9.0.0/24'], ['10.9.0.4']])('that its user may act from %s is enough here', (place) => {
  expect(refused({ ...spec, proxyUsers: [{ user: 'httpfs', hosts: [place], groups: ['*'] }] })).toEqual([])
})

const answered = (status: number, body: unknown): Fact<HttpAnswer> =>
  known({ outcome: 'answered', status, body: JSON.stringify(body) })
const exception = (name: string, message: string) => ({ RemoteException: { exception: name, message } })

describe('what a gateway answers', () => {
  const question = httpFsQuestion(rulesOf(gateway))

  test.each<[string, Fact<HttpAnswer>, string]>([
    ['the root', answered(200, { FileStatus: { type: 'DIRECTORY' } }), 'works'],
    ['something else', answered(200, { other: 1 }), 'failing'],
    ['no JSON', known({ outcome: 'answered', status: 200, body: '<html>' }), 'failing'],
    [
      'its group',
      answered(403, exception('AuthorizationException', 'User: httpfs is not allowed to impersonate httpfs')),
      'works',
    ],
    [
      'its host',
      answered(
        403,
        exception('AuthorizationException', 'Unauthorized connection for super-user: httpfs from IP 10.9.0.4'),
      ),
      'barred',
    ],
    [
      'nobody active',
      answered(500, exception('StandbyException', 'Operation category READ is not supported')),
      'failing',
    ],
    ['nothing in time', known({ outcome: 'timeout', status: 0, body: '' }), 'silent'],
    ['no connection', known({ outcome: 'refused', status: 0, body: '' }), 'deaf'],
    ['unseen', unknown('ProbeFailed', 'w1 is off'), 'unseen'],
  ])('%s', (_, answer, state) => {
    expect(httpFsReply(question, answer).state).toBe(state)
  })
})

describe('on a living file system', () => {
  const verdict = (daemon: Daemon, more: Readonly<Record<string, Daemon>> = {}) =>
    seen(expansion, livingWorld(expansion, { 'httpfs-w1': daemon, ...more })).assessment.health['hdfs-httpfs-w1']
      ?.verdict

  test('a gateway is well when it has the root of it', () => {
    expect(verdict({})).toBe('serving')
    expect(verdict({ unit: 'stopped' })).toBe('stopped')
  })

  test('one that cannot ask is ill, but not for want of a NameNode', () => {
    expect(verdict({ gateway: 'failing' })).toBe('unhealthy')
    expect(verdict({ gateway: 'failing', uptimeMs: 1000 })).toBe('starting')
    expect(verdict({ gateway: 'failing' }, { 'namenode-nn1': { says: 'standby' } })).toBe('waiting')
    expect(verdict({ gateway: 'timeout' }, { 'namenode-nn1': { says: 'standby' } })).toBe('waiting')
    expect(verdict({ gateway: 'barred' })).toBe('waiting')
  })

  test('is started anew when it has been ill for a minute, and not before', () => {
    const { health } = seen(expansion, livingWorld(expansion, { 'httpfs-w1': { gateway: 'timeout' } })).assessment
    const view = [gateway].flatMap((member) => {
      const own = health[member.id]
      return own === undefined ? [] : [{ member, health: own }]
    })
    const repairs = (since: number) => httpFsRepairs(view, now, { [gateway.id]: since })
    expect(repairs(now - 59_000)).toEqual([])
    expect(repairs(now - 61_000)).toMatchObject([
      { cause: 'HdfsHttpFsSilent', disruptive: true, actions: [{ action: { verb: 'RestartUnit' } }] },
    ])
  })
})
