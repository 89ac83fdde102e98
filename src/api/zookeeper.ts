import { z } from 'zod'
import { celRules, listMap, noneOfKeys } from './cel.ts'
import {
  configMapOf,
  dataDirectory,
  deletionPolicy,
  extraFiles,
  javaHome,
  jvm,
  keyRef,
  limits,
  logs,
  objectName,
  paused,
  planPolicy,
  port,
  serviceUser,
  software,
  version,
} from './common.ts'
import { clusterColumns, defineKind } from './kind.ts'
import { clusterStatus } from './status.ts'

/** Keys of zoo.cfg that ironherd sets, and the field that sets them, '' where none does. */
export const ownedZooKeys: Readonly<Record<string, string>> = {
  tickTime: 'spec.tickTimeMs',
  initLimit: 'spec.initLimit',
  syncLimit: 'spec.syncLimit',
  dataDir: 'spec.dataDir',
  dataLogDir: 'spec.dataLogDir',
  clientPort: 'spec.ports.client',
  clientPortAddress: 'spec.serviceAddress of the Host',
  maxClientCnxns: 'spec.maxClientConnections',
  minSessionTimeout: 'spec.minSessionTimeoutSeconds',
  maxSessionTimeout: 'spec.maxSessionTimeoutSeconds',
  'autopurge.snapRetainCount': 'spec.autopurge.retain',
  'autopurge.purgeInterval': 'spec.autopurge.intervalHours',
  '4lw.commands.whitelist': '',
  'admin.enableServer': '',
  standaloneEnabled: '',
  reconfigEnabled: '',
  dynamicConfigFile: '',
  peerType: '',
  electionAlg: '',
  'metricsProvider.className': 'spec.metrics',
  'metricsProvider.httpPort': 'spec.metrics.port',
  'metricsProvider.httpHost': 'spec.serviceAddress of the Host',
  'snapshot.trust.empty': '',
  'zookeeper.snapshot.trust.empty': '',
  'db.autocreate': '',
  'zookeeper.db.autocreate': '',
}

/** Keys and prefixes of zoo.cfg that ironherd sets, too, when members are changed by Reconfig. */
export const ownedReconfigPrefixes: readonly string[] = [
  'DigestAuthenticationProvider.',
  'zookeeper.DigestAuthenticationProvider.',
]

/** Keys with a number after these are one line per member. */
export const ownedZooPrefixes: readonly string[] = ['server.', 'group.', 'weight.', 'admin.']

const member = z.object({
  id: z.int().min(1).max(255).describe('Number of the server in the ensemble (myid). It keeps it when it moves.'),
  host: objectName.describe(
    'Name of the Host object that it runs on. With another name here the server moves: it starts there when the old one is proven ' +
      'stopped, or its host is Lost or fenced.',
  ),
})

const spec = z
  .object({
    version: version.describe('Version of ZooKeeper, 3.6.0 or newer, e.g. 3.8.4. It must be that of the software.'),
    software: software.describe('Where ZooKeeper comes from: an archive, or packages of the distribution.'),
    javaHome: javaHome.optional(),
    members: z
      .array(member)
      .min(1)
      .max(9)
      .meta({
        ...listMap('id'),
        ...celRules(
          {
            rule: 'self.size() % 2 == 1',
            message: 'an ensemble has an odd number of members: an even one tolerates no more failures',
          },
          {
            rule: 'self.all(m, self.exists_one(n, n.host == m.host))',
            message: 'two members on one host fail together: name each host once',
          },
        ),
      })
      .describe('The voting servers, an odd number, each on a host of its own.'),
    membershipChanges: z
      .object({
        by: z
          .enum(['Restart', 'Reconfig'])
          .default('Restart')
          .describe(
            'Restart: each change of the list of servers restarts all of them, one by one, the leader last. Reconfig: the ' +
              'running ensemble is given its new list, and no server that stays is restarted. A running ensemble is restarted ' +
              'once, one server after the other, when it begins with Reconfig, and does not go back to Restart.',
          ),
        superSecretRef: keyRef
          .optional()
          .describe(
            "Password of ZooKeeper's super user, who may give the ensemble a new list, and read and write every znode. " +
              'Needed with Reconfig. The servers get its digest; a new password restarts them one by one.',
          ),
      })
      .meta(
        celRules({
          rule: "!has(self.by) || self.by != 'Reconfig' || has(self.superSecretRef)",
          message:
            'Reconfig needs superSecretRef: name the Secret and the key that hold the password of the super user',
        }),
      )
      .optional()
      .describe('How servers are added to the running ensemble, removed from it, or moved. Left out: by restarts.'),
    ports: z
      .object({
        client: port.default(2181).describe('Port for clients, and for ironherd, which asks for health there.'),
        quorum: port.default(2888).describe('Port on which followers reach the leader.'),
        election: port.default(3888).describe('Port on which leaders are elected.'),
      })
      .meta(
        celRules({
          rule: '!(has(self.client) && has(self.quorum) && has(self.election)) || (self.client != self.quorum && self.client != self.election && self.quorum != self.election)',
          message: 'client, quorum and election must be three different ports',
        }),
      )
      .prefault({})
      .describe('TCP ports, the same on every host.'),
    dataDir: dataDirectory.describe('Where snapshots, transaction logs and myid are kept. It cannot be changed later.'),
    dataLogDir: dataDirectory
      .optional()
      .describe('A directory of its own, best on a disk of its own, for transaction logs. It cannot be changed later.'),
    tickTimeMs: z
      .int()
      .min(100)
      .max(60000)
      .default(2000)
      .describe('Length of a tick, ms: the unit of initLimit and syncLimit, and the heartbeat.'),
    initLimit: z
      .int()
      .min(2)
      .max(1000)
      .default(10)
      .describe('Ticks that a follower has to connect and to fetch the data. Raise it when the data is large.'),
    syncLimit: z
      .int()
      .min(2)
      .max(1000)
      .default(5)
      .describe('Ticks that a follower may lag behind before the leader drops it.'),
    minSessionTimeoutSeconds: z
      .int()
      .min(1)
      .max(3600)
      .default(4)
      .describe('The shortest session that a client gets, s.'),
    maxSessionTimeoutSeconds: z
      .int()
      .min(1)
      .max(3600)
      .default(10)
      .describe(
        'The longest session that a client gets, s. So long a Spark or Mesos leader that died is believed alive: with 10 ' +
          'a Spark failover took about 11 s, with the default of ZooKeeper (40) about 39 s. Longer sessions bear ' +
          'longer pauses of garbage collection and network without a needless failover.',
      ),
    maxClientConnections: z
      .int()
      .min(0)
      .max(100000)
      .default(200)
      .describe('Connections that one client address may have to one server; 0: no limit.'),
    autopurge: z
      .object({
        retain: z.int().min(3).max(1000).default(5).describe('Snapshots, with their logs, that are kept.'),
        intervalHours: z.int().min(1).max(8760).default(6).describe('How often older ones are deleted, h.'),
      })
      .prefault({})
      .describe('Removal of old snapshots and transaction logs; without it the disk fills.'),
    jvm: jvm('512m'),
    logs,
    limits,
    config: configMapOf(64)
      .meta(
        celRules(
          noneOfKeys(
            Object.keys(ownedZooKeys).filter((key) => !ownedZooPrefixes.some((prefix) => key.startsWith(prefix))),
            'ironherd sets this key itself; use the field of the spec that stands for it',
          ),
          {
            rule: `self.all(k, !(${ownedZooPrefixes.map((prefix) => `k.startsWith('${prefix}')`).join(' || ')}))`,
            message: 'server.*, group.*, weight.* and admin.* are set by ironherd; use spec.members',
          },
        ),
      )
      .default({})
      .describe('Further keys of zoo.cfg. Keys that ironherd sets itself are refused.'),
    metrics: z
      .object({ port: port.default(7000).describe('HTTP port of the Prometheus metrics, path /metrics.') })
      .optional()
      .describe('Let each server offer its own metrics to Prometheus. Left out: off.'),
    serviceUser: serviceUser('zookeeper'),
    extraFiles,
    deletionPolicy,
    paused,
    planPolicy,
  })
  .meta(
    celRules(
      {
        rule: '!(has(self.minSessionTimeoutSeconds) && has(self.maxSessionTimeoutSeconds)) || self.minSessionTimeoutSeconds <= self.maxSessionTimeoutSeconds',
        message: 'minSessionTimeoutSeconds must not be above maxSessionTimeoutSeconds',
      },
      {
        rule: '!has(self.dataLogDir) || self.dataLogDir.mount != self.dataDir.mount || self.dataLogDir.path != self.dataDir.path',
        message: 'dataLogDir must be another directory than dataDir; leave it out to keep the logs in dataDir',
      },
    ),
  )

export const zookeeperKind = defineKind({
  kind: 'ZookeeperCluster',
  plural: 'zookeeperclusters',
  singular: 'zookeepercluster',
  shortNames: ['ihzk'],
  description:
    'An ensemble of ZooKeeper servers on hosts that are named one by one. AdminServer is off (it would take port 8080); ' +
    'membership changes by restarts, or by reconfig where spec.membershipChanges asks for it.',
  printerColumns: clusterColumns({
    name: 'Margin',
    type: 'integer',
    jsonPath: '.status.quorum.margin',
    description: 'Voters that may still be lost; below 0 there is no quorum.',
  }),
  spec,
  status: clusterStatus,
})

export type ZookeeperSpec = z.output<typeof spec>
