import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { expanded, inputOf, memberOf, rawSpec, refused, specOf } from '../../../test/unit/spark/fixture.ts'
import { maxUnavailable } from '../budgets.ts'
import { spark } from './kind.ts'

const { standalone } = rawSpec
const golden = join(import.meta.dirname, '../../../test/cases/spark/golden')

const full = {
  ...rawSpec,
  javaHome: '/usr/lib/jvm/java-17',
  standalone: {
    ...standalone,
    masters: { ...standalone.masters, restPort: 6066, properties: { 'spark.deploy.defaultCores': '2' } },
    workerGroups: [
      {
        ...standalone.workerGroups[0],
        localDirs: [
          { mount: '/data', path: 'spark/local' },
          { mount: '/disk2', path: 'spark' },
        ],
        properties: { 'spark.worker.ui.retainedExecutors': '5' },
        environment: { NOTE: "it's $HOME", LANG: 'C.UTF-8' },
        rollout: { maxUnavailable: '50%' },
      },
    ],
    shuffleService: {},
  },
  historyServer: { host: 'm3', eventLogDir: 'file:///srv/spark-events' },
  sparkDefaults: { 'spark.serializer': 'org.apache.spark.serializer.KryoSerializer' },
  sparkEnv: { LANG: 'C' },
  log4j2: { daemons: { 'rootLogger.level': 'warn' }, applications: { 'logger.x.name': 'x' } },
}

describe('members of a Spark cluster', () => {
  test.each(['spark-master-m1', 'spark-worker-w1', 'spark-shuffle-w1', 'spark-history-m3'])(
    'the files of %s are, byte for byte, those of this release',
    async (id) => {
      const { files } = memberOf(expanded(full), id)
      const text = files.map(({ path, mode, restart, content }) => `== ${path} ${mode} restart=${restart}\n${content}`)
      await expect(text.join('\n')).toMatchFileSnapshot(join(golden, `${id}.txt`))
    },
  )

  test('a master and a worker on one host share user and software, and have directory, unit and log of their own', () => {
    const raw = {
      ...rawSpec,
      standalone: { ...standalone, workerGroups: [{ name: 'w', hosts: ['m1'] }] },
    }
    const expansion = expanded(raw)
    const master = memberOf(expansion, 'spark-master-m1')
    const worker = memberOf(expansion, 'spark-worker-m1')
    expect(master.software).toEqual(worker.software)
    expect(master.user).toEqual(worker.user)
    expect(master.unit.name).not.toBe(worker.unit.name)
    const shared = master.files.filter(({ path }) => worker.files.some((file) => file.path === path))
    expect(shared).toEqual([])
  })

  test('every member records the set of members, so that an added or removed one is noticed', () => {
    const peers = new Set(expanded().members.map(({ identity }) => identity['peers']))
    expect([...peers]).toEqual([
      'spark-master-m1@m1,spark-master-m2@m2,spark-worker-w1@w1,spark-worker-w2@w2,spark-worker-w3@w3',
    ])
  })

  test('workers wait for masters only, and masters for nobody', () => {
    const orders = Object.fromEntries(expanded(full).groups.map(({ name, order }) => [name, order]))
    expect(orders).toEqual({ masters: 0, 'shuffle-services': 1, 'workers-w': 1, 'history-server': 1 })
  })

  test('a change of what only applications read restarts nothing', () => {
    const restarting = (raw: unknown) =>
      expanded(raw).members.flatMap(({ files }) => files.filter(({ restart }) => restart))
    const changed = { ...full, sparkDefaults: { 'spark.cores.max': '4' }, log4j2: { ...full.log4j2, applications: {} } }
    expect(restarting(changed)).toEqual(restarting(full))
  })

  test('the event log directory is on every host and open to every user', () => {
    for (const { directories } of expanded(full).members) {
      expect(directories).toContainEqual({ path: '/srv/spark-events', mode: '3777', owner: 'spark', group: 'spark' })
    }
  })

  test('masters that elect through ZooKeeper claim their recovery path there, /spark unless another is given', () => {
    const claims = (raw?: object) => memberOf(expanded(raw), 'spark-master-m1').znodes?.map(({ path }) => path)
    expect(claims()).toEqual(['/spark'])
    const recovery = { zookeeperRef: { name: 'zk' }, path: '/other' }
    expect(claims({ ...rawSpec, standalone: { ...standalone, recovery } })).toEqual(['/other'])
    expect(memberOf(expanded(), 'spark-worker-w1').znodes).toBeUndefined()
  })

  test('file-system recovery claims its directory and names it in the identity', () => {
    const raw = {
      ...rawSpec,
      standalone: {
        ...standalone,
        masters: { hosts: ['m1'] },
        recovery: { fileSystem: { directory: { mount: '/data', path: 'spark/recovery' } } },
      },
    }
    const master = memberOf(expanded(raw), 'spark-master-m1')
    expect(master.dataDirectories).toEqual(['/data/spark/recovery'])
    expect(master.identity['dataRecovery']).toBe('/data/spark/recovery')
    expect(expanded(raw).upstream).toEqual([])
  })

  test('it needs the ensemble that it names, and says so', () => {
    expect(expanded(rawSpec, false).upstream).toEqual([
      { name: 'ZookeeperCluster/zk', available: false, why: 'no quorum' },
    ])
    expect(spark.references(specOf(full))).toEqual({
      hosts: ['m1', 'm2', 'm3'],
      hostSelectors: [{ matchLabels: { role: 'worker' } }],
      clusters: [{ kind: 'ZookeeperCluster', name: 'zk' }],
      configMaps: [],
      secrets: [],
    })
  })

  test('every member has the configuration of the file system that it names, and a change there restarts nobody', () => {
    const raw = { ...full, hdfsRef: { name: 'files' } }
    for (const { files, id } of expanded(raw).members) {
      const [core, ...more] = files.filter(({ path }) => path.endsWith('/core-site.xml'))
      expect([core?.content, core?.restart, core?.mode], id).toEqual(['<core/>\n', false, '644'])
      expect(
        files.map(({ path }) => path),
        id,
      ).toContain(core?.path.replace('core-site.xml', 'spark-env.sh'))
      expect(more, id).toEqual([])
      const [hdfs] = files.filter(({ path }) => path.endsWith('/hdfs-site.xml'))
      expect([hdfs?.content, hdfs?.restart], id).toEqual(['<hdfs/>\n', false])
    }
    expect(expanded().members.flatMap(({ files }) => files.filter(({ path }) => path.endsWith('-site.xml')))).toEqual(
      [],
    )
  })

  test('it is not held back while the file system that it names is not available, and names it', () => {
    const raw = { ...rawSpec, hdfsRef: { name: 'files' } }
    expect(expanded(raw, false).upstream.map(({ name }) => name)).toEqual(['ZookeeperCluster/zk'])
    expect(spark.references(specOf(raw)).clusters).toEqual([
      { kind: 'ZookeeperCluster', name: 'zk' },
      { kind: 'HdfsCluster', name: 'files' },
    ])
  })

  test('the same spec gives the same members', () => {
    expect(spark.expand(inputOf(full))).toEqual(spark.expand(inputOf(full)))
  })
})

describe('specs that cannot work', () => {
  const master = (more: object) => ({
    ...rawSpec,
    standalone: { ...standalone, masters: { ...standalone.masters, ...more } },
  })
  const group = (more: object) => ({
    ...rawSpec,
    standalone: { ...standalone, workerGroups: [{ ...standalone.workerGroups[0], ...more }] },
  })
  const groups = (...all: readonly object[]) => ({ ...rawSpec, standalone: { ...standalone, workerGroups: all } })
  const recovery = (given: object) => ({ ...rawSpec, standalone: { ...standalone, recovery: given } })

  test.each([
    [
      'an unknown master host',
      master({ hosts: ['m1', 'nix'] }),
      'HostNotFound',
      'spec.standalone.masters.hosts[1]: there is no Host nix',
    ],
    ['a host twice', master({ hosts: ['m1', 'm1'] }), 'DuplicateMember', 'Host m1 is given twice'],
    [
      'a selector that matches nothing',
      group({ hostSelector: { matchLabels: { role: 'x' } } }),
      'NoHostMatches',
      'role=x',
    ],
    [
      'neither hosts nor selector',
      group({ hostSelector: undefined }),
      'InvalidSpec',
      'exactly one of hosts and hostSelector',
    ],
    [
      'a host in two groups',
      groups({ name: 'a', hosts: ['w1'] }, { name: 'b', hosts: ['w1'] }),
      'DuplicateMember',
      'already has a worker of group a',
    ],
    [
      'an ensemble that does not exist',
      recovery({ zookeeperRef: { name: 'other' } }),
      'ReferenceNotFound',
      'ZookeeperCluster/other',
    ],
    [
      'a file system that does not exist',
      { ...rawSpec, hdfsRef: { name: 'other' } },
      'ReferenceNotFound',
      'spec.hdfsRef: there is no HdfsCluster/other',
    ],
    ['two ways of recovery', recovery({ zookeeperRef: { name: 'zk' }, none: {} }), 'InvalidSpec', '2 ways are given'],
    ['two masters without an election', recovery({ none: {} }), 'InvalidSpec', '2 masters without an election'],
    [
      'a port of two roles on one host',
      groups({ name: 'a', hosts: ['m1'], port: 8080 }),
      'PortCollision',
      'spec.standalone.masters.webUiPort',
    ],
    [
      'one directory for two roles',
      {
        ...groups({
          name: 'a',
          hosts: ['w1'],
          workDir: { mount: '/d', path: 's' },
          localDirs: [{ mount: '/d', path: 's/local' }],
        }),
      },
      'DirectoryCollision',
      '/d/s/local',
    ],
    ['a system directory', group({ workDir: { mount: '/', path: 'etc/spark' } }), 'InvalidSpec', '/etc'],
    [
      'an owned property',
      master({ properties: { 'spark.deploy.recoveryMode': 'NONE' } }),
      'OwnedKey',
      'standalone.recovery',
    ],
    [
      'an owned variable',
      { ...rawSpec, sparkEnv: { SPARK_WORKER_CORES: '2' } },
      'OwnedKey',
      'spec.sparkEnv: SPARK_WORKER_CORES',
    ],
    [
      'a daemon key among the defaults',
      { ...rawSpec, sparkDefaults: { 'spark.deploy.spreadOut': 'false' } },
      'OwnedKey',
      'masters, worker group or historyServer',
    ],
    ['the heap as an option', master({ jvm: { options: ['-Xmx2g'] } }), 'OwnedKey', 'jvm.heap'],
    [
      'a log key that is owned',
      { ...rawSpec, log4j2: { daemons: { 'appender.file.fileName': '/x' } } },
      'OwnedKey',
      'spec.logs',
    ],
    ['a line break in a value', { ...rawSpec, sparkEnv: { A: 'x\ny' } }, 'InvalidSpec', 'spec.sparkEnv.A'],
    ['an old version', { ...rawSpec, version: '3.2.4' }, 'InvalidSpec', '3.2.4 is older than 3.3.0'],
    [
      'a Secret that is missing',
      { ...rawSpec, extraFiles: [{ path: '/etc/ironherd/files/k', secretRef: { name: 's', key: 'k' } }] },
      'SecretNotFound',
      'Secret s does not exist',
    ],
  ])('%s', (_, raw, code, says) => {
    const problems = refused(raw)
    expect(problems.map((found) => [found.code, found.message.includes(says)])).toContainEqual([code, true])
  })

  test('all that is wrong is said at once', () => {
    const raw = {
      ...recovery({ zookeeperRef: { name: 'zk' } }),
      version: '2.4.8',
      sparkEnv: { SPARK_HOME: '/x' },
      standalone: { ...standalone, masters: { hosts: ['m1', 'nix'], jvm: { options: ['-Xms1g'] } } },
    }
    expect(
      refused(raw)
        .map(({ code }) => code)
        .sort(),
    ).toEqual(['HostNotFound', 'InvalidSpec', 'OwnedKey', 'OwnedKey'])
  })
})

test.each([
  [1, 10, 1],
  [3, 10, 3],
  ['25%', 10, 2],
  ['25%', 3, 1],
  ['100%', 3, 3],
])('maxUnavailable %s of %d members is %d', (value, members, count) => {
  expect(maxUnavailable(value, members)).toBe(count)
})
