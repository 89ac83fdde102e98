import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import type { DesiredHost } from '../../model/host.ts'
import type { Resource } from '../../model/object.ts'
import { hostPreparation } from './expand.ts'

const ssh = { user: 'root', privateKeySecretRef: { name: 'ssh', key: 'key' } }

function host(name: string, spec: Readonly<Record<string, unknown>> = {}): Resource {
  const metadata = {
    name,
    namespace: 'a',
    uid: name,
    generation: 1,
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    finalizers: [],
    labels: {},
    annotations: {},
  }
  return {
    apiVersion: 'ironherd.io/v1alpha1',
    kind: 'Host',
    metadata,
    spec: { address: `10.0.0.${name.slice(1)}`, ssh, ...spec },
  }
}

function expanded(preparation: unknown, ...others: readonly Resource[]) {
  const own = host('m1', { preparation })
  return hostPreparation.expand({ object: own, hosts: [own, ...others], configMaps: {}, memberPorts: [2181, 22] })
}

const contentOf = ({ files }: DesiredHost, path: string) => files.find(({ file }) => file.path === path)?.file.content

test('a Host that declares nothing wants nothing', () => {
  const nothing = { host: 'm1', users: [], files: [], keeps: [] }
  expect(expanded(undefined)).toEqual({ desired: { ...nothing, declared: false }, problems: [] })
  expect(expanded({})).toEqual({ desired: { ...nothing, declared: true }, problems: [] })
})

describe('the block of /etc/hosts', () => {
  test('has a line for each Host with an IPv4 address, by name, with its own name first', () => {
    const others = [
      host('m3', { address: 'm3.example.org' }),
      host('m2', { serviceAddress: '192.168.0.2', preparation: { hostname: 'two.example.org' } }),
      host('m4', { address: 'four.example.org', serviceAddress: '10.9.9.4', ssh: 'this spec is wrong' }),
      host('m5', { serviceAddress: 'five.example.org', preparation: { hostname: 'm5' } }),
    ]
    expect(expanded({ hostsFile: true }, ...others).desired.hostsBlock).toEqual([
      '10.0.0.1 m1',
      '192.168.0.2 two.example.org m2',
      '10.9.9.4 m4',
      '10.0.0.5 m5',
    ])
  })
})

describe('the host name', () => {
  test('is wanted as it is declared', () => {
    expect(expanded({ hostname: 'm1.example' }).desired.hostname).toBe('m1.example')
  })

  test('that two Hosts declare is refused on both, and the rest is done', () => {
    const { desired, problems } = expanded(
      { hostname: 'same', users: [{ name: 'hadoop' }] },
      host('m2', { preparation: { hostname: 'same' } }),
    )
    expect([desired.hostname, desired.users.length]).toEqual([undefined, 1])
    expect(problems).toMatchObject([{ code: 'InvalidSpec', field: 'spec.preparation.hostname' }])
    expect(problems[0]?.message).toContain('also that of Host m2')
  })
})

test('users have a group of their own name where none is declared, and are made', () => {
  expect(expanded({ users: [{ name: 'hadoop' }, { name: 'spark', group: 'hadoop' }] }).desired.users).toEqual([
    { name: 'hadoop', group: 'hadoop', create: true },
    { name: 'spark', group: 'hadoop', create: true },
  ])
})

test('limits are a line for each that is declared', () => {
  const { desired } = expanded({
    limits: [
      { user: '@hadoop', openFiles: 65536 },
      { user: '*', openFiles: 4096, processes: 1024 },
    ],
  })
  expect(contentOf(desired, '/etc/security/limits.d/90-ironherd-host.conf')?.split('\n').slice(1)).toEqual([
    '@hadoop - nofile 65536',
    '* - nofile 4096',
    '* - nproc 1024',
    '',
  ])
})

test('a login shell reads every value as it was declared, and runs none', () => {
  const environment = { B: `it's "x" $(touch /nowhere/pwned) \`id\` $HOME \\n ü`, A: '', JAVA_HOME: '/usr/lib/jvm/17' }
  const text = contentOf(expanded({ environment }).desired, '/etc/profile.d/ironherd-host.sh') ?? ''
  for (const shell of ['/bin/sh', '/bin/bash']) {
    const { stdout } = spawnSync(shell, ['-c', `${text}printf '%s|' "$A" "$B" "$JAVA_HOME"; env | grep -c ^A=`])
    expect(stdout.toString()).toBe(`|${environment.B}|/usr/lib/jvm/17|1\n`)
  }
})

test('a value that a file cannot hold is refused by the schema', () => {
  const { desired, problems } = expanded({ environment: { A: 'one\ntwo' } })
  expect([desired.declared, problems[0]?.code]).toEqual([false, 'InvalidSpec'])
})

const armored = `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${'mDMEZ'.repeat(12)}\n-----END PGP PUBLIC KEY BLOCK-----`
const mesos = { name: 'mesos', url: 'http://mirror.example/mesos', suite: 'bookworm', key: { armored } }

describe('package repositories', () => {
  test('are a file of sources that believes its own key alone', () => {
    const { desired } = expanded({ packageRepositories: [{ ...mesos, components: ['main', 'extra'] }] })
    expect(contentOf(desired, '/etc/apt/sources.list.d/ironherd-host-mesos.sources')?.split('\n').slice(1)).toEqual([
      'Types: deb',
      'URIs: http://mirror.example/mesos',
      'Suites: bookworm',
      'Components: main extra',
      'Signed-By: /etc/apt/keyrings/ironherd-host-mesos.asc',
      '',
    ])
    expect(contentOf(desired, '/etc/apt/keyrings/ironherd-host-mesos.asc')).toBe(`${armored}\n`)
    expect(desired.packageLists?.sources).toEqual(['/etc/apt/sources.list.d/ironherd-host-mesos.sources'])
  })

  test('have their lists fetched again when anything of them changes', () => {
    const digest = (more: object) =>
      expanded({ packageRepositories: [{ ...mesos, ...more }] }).desired.packageLists?.digest
    const key = { armored: armored.replace('mDMEZ', 'mDMEY') }
    const all = [{}, { url: 'http://other.example/mesos' }, { suite: 'trixie' }, { name: 'other' }, { key }].map(digest)
    expect(new Set(all).size).toBe(all.length)
    expect(digest({})).toBe(all[0])
  })

  test('that are flat have no components', () => {
    const { desired } = expanded({ packageRepositories: [{ ...mesos, suite: './' }] })
    expect(contentOf(desired, '/etc/apt/sources.list.d/ironherd-host-mesos.sources')).not.toContain('Components')
  })

  test('take their key from a ConfigMap, and stay as they are when it is not to be had', () => {
    const key = { configMapRef: { name: 'keys', key: 'mesos.asc' } }
    const own = host('m1', { preparation: { packageRepositories: [{ ...mesos, key }] } })
    expect(hostPreparation.configMaps(own)).toEqual(['keys'])
    const of = (configMaps: Readonly<Record<string, Readonly<Record<string, string>>>>) =>
      hostPreparation.expand({ object: own, hosts: [own], configMaps, memberPorts: [] })
    expect(of({ keys: { 'mesos.asc': `${armored}\n` } }).problems).toEqual([])
    for (const [configMaps, code] of [
      [{}, 'ConfigMapNotFound'],
      [{ keys: {} }, 'ConfigMapNotFound'],
      [{ keys: { 'mesos.asc': 'no key' } }, 'InvalidSpec'],
    ] as const) {
      const { desired, problems } = of(configMaps)
      expect(problems).toMatchObject([{ code, field: 'spec.preparation.packageRepositories[0].key' }])
      expect([desired.files, desired.packageLists]).toEqual([[], undefined])
      expect(desired.keeps).toHaveLength(2)
    }
  })
})

describe('packages and Java', () => {
  test('a Java from a package is one package more, and only once', () => {
    const { desired } = expanded({ packages: ['curl', 'jre'], maskUnits: ['x.service'], java: { package: 'jre' } })
    expect(desired.packages).toMatchObject({ packages: ['curl', 'jre'], maskUnits: ['x.service'] })
    expect(desired.java).toBeUndefined()
  })

  test('a Java from an archive stands where its digest says', () => {
    const archive = { url: 'http://mirror.example/jre.tar.gz', sha512: 'ab'.repeat(64) }
    const { desired } = expanded({ java: { archive } })
    expect(desired.packages).toBeUndefined()
    expect(desired.java).toEqual({
      from: 'archive',
      url: archive.url,
      digest: `sha512:${archive.sha512}`,
      path: '/opt/ironherd/java-abababababab',
      familyPrefix: '/opt/ironherd/java-',
    })
  })
})

test('the firewall is to let in sshd and the members, each once, where it is declared', () => {
  expect(expanded({ firewall: 'OpenDeclaredPorts' }).desired.openPorts).toEqual([22, 2181])
  expect(expanded({}).desired.openPorts).toBeUndefined()
})
