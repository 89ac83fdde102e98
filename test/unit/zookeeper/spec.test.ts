import { describe, expect, test } from 'vitest'
import { parseSpec } from '../../../src/api/resource.ts'
import { zookeeperKind } from '../../../src/api/zookeeper.ts'
import { zookeeperCluster } from '../../../src/clusters/zookeeper/kind.ts'
import { expandInput, expansionOf, hostView, minimalSpec, problemsOf, specOf } from './ensemble.ts'

describe('specs that cannot work', () => {
  const archive = { archive: { url: 'http://x.example/a.tgz', sha256: 'a'.repeat(64) } }
  const refused: readonly (readonly [
    what: string,
    more: Readonly<Record<string, unknown>>,
    code: string,
    words: string,
  ])[] = [
    [
      'an even ensemble',
      {
        members: [
          { id: 1, host: 'm1' },
          { id: 2, host: 'm2' },
        ],
      },
      'InvalidSpec',
      'odd number',
    ],
    [
      'an unknown host',
      { members: [{ id: 1, host: 'm9' }] },
      'HostNotFound',
      'spec.members[0].host: there is no Host m9',
    ],
    [
      'two on one host',
      { members: [1, 2, 3].map((id) => ({ id, host: id === 3 ? 'm1' : `m${id}` })) },
      'DuplicateMember',
      'host m1',
    ],
    ['one id twice', { members: ['m1', 'm2', 'm3'].map((host) => ({ id: 7, host })) }, 'DuplicateMember', 'id 7'],
    ['a version without the guard', { version: '3.5.10' }, 'InvalidSpec', '3.6.0'],
    ['an owned key', { config: { dataDir: '/x' } }, 'OwnedKey', 'use spec.dataDir'],
    ['a server line', { config: { 'server.4': 'evil:2888:3888' } }, 'OwnedKey', 'use spec.members'],
    ['trust in the empty', { config: { 'snapshot.trust.empty': 'true' } }, 'OwnedKey', 'remove it'],
    ['a heap option', { jvm: { options: ['-Xmx8g'] } }, 'OwnedKey', 'spec.jvm.heap'],
    [
      'the guard turned off',
      { jvm: { options: ['-Dzookeeper.db.autocreate=true'] } },
      'OwnedKey',
      'spec.jvm.options[0]',
    ],
    ['data in /etc', { dataDir: { mount: '/', path: 'etc/zookeeper' } }, 'InvalidSpec', 'belongs to the system'],
    ['data above the system', { dataDir: { mount: '/', path: 'usr' } }, 'InvalidSpec', 'belongs to the system'],
    ['data in all of /var/lib', { dataDir: { mount: '/var', path: 'lib' } }, 'InvalidSpec', 'spec.dataDir'],
    ['nested directories', { dataLogDir: { mount: '/data', path: 'zookeeper/log' } }, 'InvalidSpec', 'nested'],
    ['one port twice', { ports: { client: 2888 } }, 'PortCollision', 'spec.ports.quorum'],
    ['metrics on the client port', { metrics: { port: 2181 } }, 'PortCollision', 'spec.metrics.port'],
    [
      'metrics without the provider',
      { software: { packages: ['zookeeper'] }, metrics: {} },
      'InvalidSpec',
      'use an archive',
    ],
    ['sessions the wrong way round', { minSessionTimeoutSeconds: 20 }, 'InvalidSpec', 'lower it'],
    ['no software', { software: {} }, 'InvalidSpec', 'exactly one'],
    ['two kinds of software', { software: { ...archive, packages: ['zookeeper'] } }, 'InvalidSpec', 'exactly one'],
    [
      'two digests',
      { software: { archive: { ...archive.archive, sha512: 'b'.repeat(128) } } },
      'InvalidSpec',
      'exactly one',
    ],
    [
      'a missing ConfigMap',
      { extraFiles: [{ path: '/etc/x.conf', configMapRef: { name: 'no', key: 'x' } }] },
      'ConfigMapNotFound',
      'ConfigMap no does not exist',
    ],
    [
      'a missing Secret',
      { extraFiles: [{ path: '/etc/x.conf', secretRef: { name: 'no', key: 'x' } }] },
      'SecretNotFound',
      'spec.extraFiles[0].secretRef',
    ],
    [
      'reconfig without a password',
      { membershipChanges: { by: 'Reconfig' } },
      'InvalidSpec',
      'spec.membershipChanges.superSecretRef: Reconfig needs the password',
    ],
    [
      'a missing Secret of the super user',
      { membershipChanges: { by: 'Reconfig', superSecretRef: { name: 'no', key: 'x' } } },
      'SecretNotFound',
      'spec.membershipChanges.superSecretRef: Secret no does not exist: create it',
    ],
    [
      'a Secret of the super user without that key',
      { membershipChanges: { by: 'Reconfig', superSecretRef: { name: 's', key: 'x' } } },
      'SecretNotFound',
      'Secret s has no key x',
    ],
    [
      'an empty password',
      { membershipChanges: { by: 'Reconfig', superSecretRef: { name: 's', key: 'empty' } } },
      'InvalidSpec',
      'key empty of Secret s is empty',
    ],
    [
      'a password with a line break',
      { membershipChanges: { by: 'Reconfig', superSecretRef: { name: 's', key: 'line' } } },
      'InvalidSpec',
      'holds a line break',
    ],
    [
      'the digest of another super user',
      {
        membershipChanges: { by: 'Reconfig', superSecretRef: { name: 's', key: 'good' } },
        config: { 'DigestAuthenticationProvider.superDigest': 'super:x' },
      },
      'OwnedKey',
      'use spec.membershipChanges.superSecretRef',
    ],
    [
      'another digest of the super user’s password',
      {
        membershipChanges: { by: 'Reconfig', superSecretRef: { name: 's', key: 'good' } },
        jvm: { options: ['-Dzookeeper.DigestAuthenticationProvider.digestAlg=SHA-256'] },
      },
      'OwnedKey',
      'use spec.membershipChanges.superSecretRef',
    ],
    [
      'an extra file in the place of a unit',
      { extraFiles: [{ path: '/usr/local/lib/systemd/system/x.service', configMapRef: { name: 'c', key: 'k' } }] },
      'InvalidSpec',
      '/etc/ironherd/files',
    ],
  ]

  const secrets = { s: { empty: '', line: 'hunter2\n', good: 'hunter2' } }

  test.each(refused)('%s is refused, by code, field and remedy', (_, more, code, words) => {
    const problems = problemsOf(expandInput(minimalSpec(more), { configMaps: { c: { k: 'v' } }, secrets }))
    expect(problems.map((found) => [found.code, found.message])).toContainEqual([code, expect.stringContaining(words)])
  })

  test('no refusal shows a password', () => {
    const membershipChanges = { by: 'Reconfig', superSecretRef: { name: 's', key: 'line' } }
    expect(JSON.stringify(problemsOf(expandInput(minimalSpec({ membershipChanges }), { secrets })))).not.toContain(
      'hunter2',
    )
  })

  test('all that is wrong is said at once', () => {
    const problems = problemsOf(
      expandInput(
        minimalSpec({
          version: '3.4.14',
          config: { clientPort: '1' },
          members: [
            { id: 1, host: 'm9' },
            { id: 2, host: 'm2' },
          ],
        }),
      ),
    )
    expect(problems.map((found) => found.code).sort()).toEqual([
      'HostNotFound',
      'InvalidSpec',
      'InvalidSpec',
      'OwnedKey',
    ])
  })

  test('a value that would end its line is refused by the schema, and again by the writer', () => {
    const more = { config: { snapCount: '1\nadmin.enableServer=true' } }
    expect(parseSpec(zookeeperKind, minimalSpec(more))).toHaveProperty('problems')
    const input = expandInput(minimalSpec())
    const spec = { ...input.object.spec, ...more }
    const result = zookeeperCluster.expand({ ...input, object: { ...input.object, spec } })
    expect(result).toMatchObject({ problems: [{ code: 'InvalidSpec', field: 'spec.config.snapCount' }] })
  })

  test('two Hosts with one address are one place', () => {
    const hosts = { m1: hostView('m1', '10.0.0.1'), m2: hostView('m2', '10.0.0.1'), m3: hostView('m3', '10.0.0.3') }
    const problems = problemsOf(expandInput(minimalSpec(), { hosts }))
    expect(problems.map((found) => found.code)).toEqual(['DuplicateMember'])
  })
})

describe('what an ensemble offers and refers to', () => {
  test('the connect string is in member order, with the longest session', () => {
    const input = expandInput(minimalSpec({ ports: { client: 12181 } }))
    expect(zookeeperCluster.offer?.(input)).toEqual({
      connect: '10.0.0.1:12181,10.0.0.2:12181,10.0.0.3:12181',
      available: false,
      why: 'it has not said yet whether it is available',
      maxSessionTimeoutMs: 10_000,
    })
  })

  test('it is available when its last status says so', () => {
    const input = expandInput(minimalSpec())
    const condition = { type: 'Available', status: 'True', lastTransitionTime: 't', reason: 'Quorate', message: 'ok' }
    const object = { ...input.object, status: { conditions: [condition] } }
    expect(zookeeperCluster.offer?.({ ...input, object })).toMatchObject({ available: true })
  })

  test('it refers to its hosts and to what its extra files name, each once', () => {
    const file = (path: string) => ({ path, secretRef: { name: 's', key: path.slice(1) } })
    const spec = specOf(minimalSpec({ extraFiles: [file('/a'), file('/b')] }))
    expect(zookeeperCluster.references(spec)).toEqual({
      hosts: ['m1', 'm2', 'm3'],
      hostSelectors: [],
      clusters: [],
      configMaps: [],
      secrets: ['s'],
    })
  })

  test('secret files are marked as such, and belong to root and the group of the service', () => {
    const extraFiles = [{ path: '/etc/ironherd/files/zk/key', secretRef: { name: 's', key: 'k' } }]
    const input = expandInput(minimalSpec({ extraFiles }), { secrets: { s: { k: 'hush' } } })
    const file = expansionOf(input).members[0]?.files.find((found) => found.content === 'hush')
    expect(file).toMatchObject({ secret: true, mode: '640', owner: 'root', group: 'zookeeper', restart: true })
  })

  test('names of different clusters never meet in one unit', () => {
    const unit = (namespace: string, name: string) => {
      const input = expandInput(minimalSpec(), { name })
      const metadata = { ...input.object.metadata, namespace }
      return expansionOf({ ...input, object: { ...input.object, metadata } }).members[0]?.unit.name
    }
    expect(unit('a-b', 'c')).not.toBe(unit('a', 'b-c'))
    expect(unit('default', 'zk')).toBe('ironherd-default-zk-zookeeper-1.service')
    const long = 'x'.repeat(250)
    expect(unit('default', long)?.length).toBeLessThan(140)
    expect(unit('default', long)).not.toBe(unit('default', `${long}y`))
  })
})
