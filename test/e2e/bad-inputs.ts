// Specs that cannot work, each with who must say so and what must be said. No host may notice any of them.
import { exampleManifests, type Manifest, type Site } from '../world/manifests.ts'
import { badHdfs } from './bad-hdfs.ts'
import { type BadInput, blocked, refused } from './bad-input.ts'
import { named, withSpec } from './edited.ts'

type Spec = Record<string, unknown>

function only(manifests: readonly Manifest[]): Manifest {
  const [first] = manifests
  if (first === undefined) throw new Error('an example file is empty')
  return first
}

/** On the hosts m1 to m3; m1 has the label role=worker. */
export function badInputs(site: Site): readonly BadInput[] {
  const zk = named(only(exampleManifests('zookeeper', site)), 'bad')
  const example = named(only(exampleManifests('spark', site)), 'bad')
  const none = withSpec(
    withSpec(example, ['standalone', 'recovery'], { none: {} }),
    ['standalone', 'masters', 'hosts'],
    ['m1'],
  )
  const spark = withSpec(none, ['standalone', 'workerGroups'], [{ name: 'w', hosts: ['m2'], cores: 1, memory: '512m' }])
  const host = exampleManifests('hosts', site).find((manifest) => manifest.kind === 'Host') ?? zk
  const badHost = named(host, 'bad')
  const members = (...hosts: readonly string[]): readonly Spec[] =>
    hosts.map((name, index) => ({ id: index + 1, host: name }))
  const group = (fields: Spec): Manifest =>
    withSpec(spark, ['standalone', 'workerGroups'], [{ name: 'w', hosts: ['m2'], ...fields }])
  const second = (fields: Spec): Manifest =>
    withSpec(
      spark,
      ['standalone', 'workerGroups'],
      [
        { name: 'w', hosts: ['m2'] },
        { name: 'v', ...fields },
      ],
    )
  const extra = (fields: Spec): Manifest => withSpec(zk, ['extraFiles'], [{ path: '/etc/ironherd/files/x', ...fields }])
  return [
    // What one object shows by itself
    refused('an ensemble of two', withSpec(zk, ['members'], members('m1', 'm2')), /odd number/),
    refused('an ensemble of none', withSpec(zk, ['members'], []), /members/),
    refused(
      'two servers on one host',
      withSpec(zk, ['members'], members('m1', 'm1', 'm2')),
      /one host|name each host once/,
    ),
    refused(
      'one id twice',
      withSpec(
        zk,
        ['members'],
        [
          { id: 1, host: 'm1' },
          { id: 1, host: 'm2' },
          { id: 2, host: 'm3' },
        ],
      ),
      /[Dd]uplicate/,
    ),
    refused('an id of 0', withSpec(zk, ['members'], [{ id: 0, host: 'm1' }]), /members\[0\]\.id/),
    refused('an id of 256', withSpec(zk, ['members'], [{ id: 256, host: 'm1' }]), /members\[0\]\.id/),
    refused('client and quorum port the same', withSpec(zk, ['ports'], { client: 2888 }), /three different ports/),
    refused('a port of 0', withSpec(zk, ['ports'], { client: 0 }), /ports\.client/),
    refused('a port of 65536', withSpec(zk, ['ports'], { client: 65536 }), /ports\.client/),
    refused('no digest', withSpec(zk, ['software', 'archive', 'sha512'], undefined), /sha256 and sha512/),
    refused('two digests', withSpec(zk, ['software', 'archive', 'sha256'], 'a'.repeat(64)), /sha256 and sha512/),
    refused('a digest of the wrong length', withSpec(zk, ['software', 'archive', 'sha512'], 'abc'), /sha512/),
    refused('archive and packages', withSpec(zk, ['software', 'packages'], ['zookeeper']), /archive and packages/),
    refused('an ftp URL', withSpec(zk, ['software', 'archive', 'url'], 'ftp://mirror.example/zk.tar.gz'), /url/),
    refused('a data directory in /etc', withSpec(zk, ['dataDir'], { mount: '/', path: 'etc/zookeeper' }), /etc|system/),
    refused(
      'a data directory that climbs',
      withSpec(zk, ['dataDir'], { mount: '/data', path: '../etc' }),
      /dataDir\.path/,
    ),
    refused(
      'a configuration value with a newline',
      withSpec(zk, ['config'], { 'jute.maxbuffer': '1\nserver.4=evil:1:2' }),
      /config/,
    ),
    refused(
      'a key of zoo.cfg that ironherd owns',
      withSpec(zk, ['config'], { dataDir: '/tmp' }),
      /ironherd sets this key/,
    ),
    refused('a server line by hand', withSpec(zk, ['config'], { 'server.9': 'm9:2888:3888' }), /spec\.members/),
    refused(
      'shortest session above the longest',
      withSpec(zk, ['minSessionTimeoutSeconds'], 60),
      /minSessionTimeoutSeconds/,
    ),
    refused('a JVM option with a newline', withSpec(zk, ['jvm'], { options: ['-Da=b\n-Dc=d'] }), /jvm\.options/),
    refused('daemons as root', withSpec(zk, ['serviceUser'], { name: 'root' }), /root/),
    refused('a field that does not exist', withSpec(zk, ['memberz'], 3), /memberz/),
    refused(
      'two masters without ZooKeeper',
      withSpec(spark, ['standalone', 'masters', 'hosts'], ['m1', 'm2']),
      /both lead/,
    ),
    refused(
      'two kinds of recovery',
      withSpec(spark, ['standalone', 'recovery'], { none: {}, zookeeperRef: { name: 'zk' } }),
      /exactly one/,
    ),
    refused(
      'a group with hosts and selector',
      group({ hostSelector: { matchLabels: { role: 'worker' } } }),
      /hosts and hostSelector/,
    ),
    refused('an empty selector', group({ hosts: undefined, hostSelector: { matchLabels: {} } }), /matchLabels/),
    refused('worker port and web UI the same', group({ port: 8081 }), /the same/),
    refused('memory without a unit', group({ memory: '1024' }), /memory/),
    refused(
      'a Spark default that ironherd owns',
      withSpec(spark, ['sparkDefaults'], { 'spark.master': 'local' }),
      /spark\.master/,
    ),
    refused('an environment value with a newline', withSpec(spark, ['sparkEnv'], { A: 'b\nrm -rf /' }), /sparkEnv/),
    refused('a host key that is none', withSpec(badHost, ['ssh', 'hostKeys'], ['AAAA']), /hostKeys/),
    refused(
      'a fence whose program has no absolute path',
      withSpec(badHost, ['fence'], { host: 'm1', command: ['reboot'] }),
      /absolute path/,
    ),
    refused(
      'a fence with a line break in a word',
      withSpec(badHost, ['fence'], { host: 'm1', command: ['/bin/echo', 'a\nb'] }),
      /command/,
    ),
    // What only ironherd can see
    blocked('a host that does not exist', withSpec(zk, ['members'], members('m1', 'm2', 'm9')), 'HostNotFound', /m9/),
    blocked(
      'a selector that nobody matches',
      withSpec(
        spark,
        ['standalone', 'workerGroups'],
        [{ name: 'w', hostSelector: { matchLabels: { role: 'nobody' } } }],
      ),
      'NoHostMatches',
      /role/,
    ),
    blocked(
      'a ZookeeperCluster that does not exist',
      withSpec(spark, ['standalone', 'recovery'], { zookeeperRef: { name: 'nozk' } }),
      'ReferenceNotFound',
      /nozk/,
    ),
    blocked(
      'a Secret that does not exist',
      extra({ secretRef: { name: 'nosecret', key: 'k' } }),
      'SecretNotFound',
      /nosecret/,
    ),
    blocked(
      'a ConfigMap that does not exist',
      extra({ configMapRef: { name: 'nomap', key: 'k' } }),
      'ConfigMapNotFound',
      /nomap/,
    ),
    blocked(
      'one host in two worker groups',
      second({ hosts: ['m2'], port: 7079, webUiPort: 8082 }),
      'DuplicateMember',
      /m2/,
    ),
    blocked(
      'master and worker on one port of one host',
      withSpec(spark, ['standalone', 'workerGroups'], [{ name: 'w', hosts: ['m1'], webUiPort: 8080 }]),
      'PortCollision',
      /8080/,
    ),
    blocked(
      'a digest that is not that of the archive',
      withSpec(zk, ['software', 'archive', 'sha512'], 'ab'.repeat(64)),
      'DigestMismatch',
      /ab/,
    ),
    blocked(
      'an archive that is not there',
      withSpec(zk, ['software', 'archive', 'url'], `http://${site.gateway}:1/none.tar.gz`),
      'ArtifactUnavailable',
      /none\.tar\.gz/,
    ),
    blocked(
      'a port that another cluster has',
      withSpec(named(zk, 'worse'), ['dataDir'], { mount: '/data', path: 'worse' }),
      'PortCollision',
      /2181/,
      [withSpec(zk, ['software', 'archive', 'sha512'], 'ab'.repeat(64))],
    ),
    blocked(
      'a data directory that another cluster has',
      withSpec(named(zk, 'worse'), ['ports'], { client: 3181, quorum: 3888, election: 4888 }),
      'DirectoryCollision',
      /zookeeper/,
      [
        withSpec(withSpec(zk, ['software', 'archive', 'sha512'], 'ab'.repeat(64)), ['ports'], {
          client: 5181,
          quorum: 5888,
          election: 6888,
        }),
      ],
    ),
    blocked(
      'a mount that is not mounted',
      withSpec(zk, ['dataDir'], { mount: '/nowhere', path: 'zookeeper' }),
      'MountMissing',
      /\/nowhere/,
    ),
    blocked('a Java home that is not there', withSpec(zk, ['javaHome'], '/opt/nojava'), 'JavaMissing', /\/opt\/nojava/),
    blocked(
      'a service user that must exist and does not',
      withSpec(zk, ['serviceUser'], { name: 'nobodyhere', group: 'nobodyhere', create: false }),
      'UserMissing',
      /nobodyhere/,
    ),
    ...badHdfs(site, { zk, spark }),
  ]
}
