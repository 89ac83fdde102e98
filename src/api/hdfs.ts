import { z } from 'zod'
import { celRules, listMap, listSet } from './cel.ts'
import {
  connectString,
  deletionPolicy,
  extraFiles,
  javaHome,
  limits,
  logs,
  objectName,
  objectRef,
  paused,
  planPolicy,
  serviceUser,
  software,
  version,
  worded,
} from './common.ts'
import { balance } from './hdfs-balance.ts'
import { dataNodeGroup } from './hdfs-data-nodes.ts'
import { failover, fencing } from './hdfs-failover.ts'
import { formRules } from './hdfs-forms.ts'
import { httpFs } from './hdfs-http-fs.ts'
import { journalNodes, nameNodes, secondary } from './hdfs-names.ts'
import { hadoopEnv, log4j, site } from './hdfs-pieces.ts'
import { hdfsClusterStatus } from './hdfs-status.ts'
import { ageColumn, conditionColumn, defineKind, type PrinterColumn } from './kind.ts'

const proxyUser = z.object({
  user: worded(1, 64, /^[A-Za-z_][A-Za-z0-9_-]*$/, 'the name of an account').describe(
    'User that acts for others, e.g. hue.',
  ),
  hosts: z
    .array(
      worded(
        1,
        253,
        /^([*]|[a-z0-9]([-a-z0-9.]*[a-z0-9])?(\/[0-9]{1,2})?)$/,
        '* for everywhere, the name of a Host, an IPv4 address, or a range like 10.0.0.0/8',
      ),
    )
    .min(1)
    .max(64)
    .describe('From where: "*", names of Host objects, IPv4 addresses, or ranges like 10.0.0.0/8.'),
  groups: z
    .array(worded(1, 64, /^([*]|[A-Za-z_][A-Za-z0-9_-]*)$/, '* for everybody, or the name of a group'))
    .min(1)
    .max(64)
    .describe('For members of these groups, on the NameNode hosts, or "*" for everybody.'),
})

const spec = z
  .object({
    version: version
      .meta(
        celRules(
          {
            rule: "self.matches('^(2[.]1[0-9]|3[.][0-9]+)[.]')",
            message: 'this release can configure Hadoop 2.10 and Hadoop 3',
          },
          {
            rule: "!self.matches('^3[.]0[.]0')",
            message: 'Hadoop 3.0.0 has another RPC port than every other release and was withdrawn: use a newer one',
          },
        ),
      )
      .describe(
        'Version of Hadoop, 2.10 or 3, but not 3.0.0, e.g. 3.4.2. It must be that of the archive. Within a line of releases (3.4) ' +
          'another one comes by restarts. To a newer line it is a rolling upgrade: until a person has approved its end the version ' +
          'before, with its archive, can be put back; status.hdfs.upgrade says how far it is.',
      ),
    software: software.describe(
      'Where Hadoop comes from: its binary distribution (hadoop-….tar.gz), or packages that bring /usr/bin/hdfs and units named ' +
        'hadoop-hdfs-<role>, such as hadoop-hdfs-namenode; all of them are installed on every host. Packages are not upgraded by ironherd.',
    ),
    javaHome: javaHome.optional(),
    serviceUser: serviceUser('hdfs'),
    logs,
    limits,
    nameservice: worded(
      1,
      40,
      /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
      'letters and digits in lower case, and hyphens between them',
    ).describe(
      'Name of the file system: clients say hdfs://<nameservice>. Also the id of its journal. It cannot be changed later.',
    ),
    zookeeperRef: objectRef
      .optional()
      .describe(
        'ZookeeperCluster by which the failover controllers elect. With journalNodes exactly one of zookeeperRef and zookeeperConnect, ' +
          'without them none.',
      ),
    zookeeperConnect: connectString
      .optional()
      .describe('host:port,… of a ZooKeeper ensemble that ironherd does not run.'),
    nameNodes,
    secondary: secondary.optional(),
    journalNodes: journalNodes.optional(),
    fencing: fencing.optional(),
    failover: failover.optional(),
    dataNodeGroups: z
      .array(dataNodeGroup)
      .min(1)
      .max(16)
      .meta(listMap('name'))
      .describe('DataNodes, in groups of equal machines. A host can be in one group only.'),
    httpFs: httpFs.optional(),
    proxyUsers: z
      .array(proxyUser)
      .max(32)
      .meta(listMap('user'))
      .default([])
      .describe(
        'Users that may act for other users (hadoop.proxyuser.*), such as hue or a gateway. A change restarts NameNodes only.',
      ),
    racks: z
      .enum(['FromFailureDomain', 'None'])
      .default('FromFailureDomain')
      .describe(
        'FromFailureDomain: the rack of a machine is the failureDomain of its Host, of hosts without one /default-rack, and copies of ' +
          'a block are in two racks at least. A host that is new is looked up when it comes, without a restart. DataNodes of one group ' +
          'are restarted together only within a rack. None: one rack. It ' +
          'cannot be changed where that moves a DataNode that runs to another rack.',
      ),
    coreSite: site('Keys of core-site.xml for every daemon. Keys that ironherd sets itself are refused.', 128),
    hdfsSite: site(
      'Keys of hdfs-site.xml for every daemon, e.g. dfs.replication, 3 by default. Keys that ironherd sets itself are refused. ' +
        'A change restarts all daemons, one group after the other: what only one role reads stands better in hdfsSite there.',
      128,
    ),
    hadoopEnv,
    log4j,
    extraJars: z
      .array(
        worded(
          6,
          512,
          /^(\/\.?[A-Za-z0-9_@+=-][A-Za-z0-9_@+=.-]*)+\.jar$/,
          'the absolute path of a .jar, of letters, digits and _@+=.- between its slashes',
        ),
      )
      .max(16)
      .meta(listSet)
      .default([])
      .describe(
        'Further jars on the class path of all daemons (HADOOP_CLASSPATH), behind those of Hadoop. They stand on the hosts already; one ' +
          'that is missing is told in status. A change restarts all daemons, one group after the other.',
      ),
    balance: balance
      .optional()
      .describe(
        'A run of the balancer, which moves blocks from full DataNodes to empty ones; clients go on. It is run on the host of the NameNode ' +
          'that is declared first, when every block has all its copies. Removing it does not end a run that is under way.',
      ),
    clients: z
      .object({
        hosts: z
          .array(objectName)
          .max(64)
          .meta(listSet)
          .default([])
          .describe(
            'Host objects that get core-site.xml and hdfs-site.xml for clients in /etc/ironherd/ironherd-<namespace>-<name>-client…, ' +
              'readable for everybody. Nothing else is installed there, and nothing runs.',
          ),
        configMap: z
          .boolean()
          .default(true)
          .describe(
            'Keep core-site.xml and hdfs-site.xml for clients in the ConfigMap <name of this object>-client, which goes when this ' +
              'object goes. false: it is not written any more; one that stands is left as it is.',
          ),
      })
      .prefault({})
      .describe('Configuration for those who use the file system.'),
    extraFiles,
    deletionPolicy,
    paused,
    planPolicy,
  })
  .meta(
    celRules(
      ...formRules,
      {
        rule: "!has(self.httpFs) || !self.version.startsWith('2.')",
        message: 'HttpFS of Hadoop 2 is a web application of Tomcat, which this release does not run',
        fieldPath: '.httpFs',
      },
      {
        rule: "!has(self.httpFs) || (has(self.proxyUsers) && self.proxyUsers.exists(p, p.user == 'httpfs'))",
        message: 'HttpFS acts for those who ask it: name the user httpfs in proxyUsers, from the hosts of httpFs',
        fieldPath: '.httpFs',
      },
    ),
  )
  .describe('An HDFS: highly available with journalNodes, else simple.')

function own(name: string, type: PrinterColumn['type'], path: string, description: string): PrinterColumn {
  return { name, type, jsonPath: `.status.hdfs.${path}`, description }
}

export const hdfsKind = defineKind({
  kind: 'HdfsCluster',
  plural: 'hdfsclusters',
  singular: 'hdfscluster',
  shortNames: ['ihdfs'],
  description:
    'An HDFS on real hosts: highly available, with NameNodes that take over from each other and JournalNodes, or simple, with one ' +
    'NameNode; and DataNodes. Its security is ' +
    'Hadoop\'s "simple": whoever can reach the ports is believed to be who he says he is, so keep them behind a firewall. ' +
    'There is no Kerberos in this release.',
  printerColumns: [
    conditionColumn('Ready', 'Ready', 'Every member runs as declared and the file system does its work.'),
    conditionColumn('Available', 'Available', 'Files can be written and read.'),
    own('Active', 'string', 'active', 'NameNode that is active.'),
    own('Live', 'integer', 'dataNodes.live', 'DataNodes that the active hears of.'),
    own('Missing', 'integer', 'blocks.missing', 'Blocks of which no good copy is known.'),
    own('Safe', 'string', 'safeMode', 'Whether the active is in safe mode.'),
    {
      name: 'Reason',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
      description: 'Why it is, or is not, ready.',
    },
    {
      name: 'Healthy',
      type: 'integer',
      jsonPath: '.status.members.healthy',
      description: 'Members that do their work.',
      priority: 1,
    },
    {
      name: 'Desired',
      type: 'integer',
      jsonPath: '.status.members.desired',
      description: 'Members declared.',
      priority: 1,
    },
    { name: 'Version', type: 'string', jsonPath: '.status.version', description: 'Version.', priority: 1 },
    conditionColumn('Repairing', 'Remediating', 'A repair is under way.', 1),
    ageColumn,
  ],
  spec,
  status: hdfsClusterStatus,
})

export type HdfsSpec = z.output<typeof spec>
export type HdfsDataNodeGroup = HdfsSpec['dataNodeGroups'][number]
export type HdfsJournalNodes = NonNullable<HdfsSpec['journalNodes']>
export type HdfsSecondary = NonNullable<HdfsSpec['secondary']>
export type HdfsFencing = NonNullable<HdfsSpec['fencing']>
export type HdfsFailover = NonNullable<HdfsSpec['failover']>
export type HdfsFencingMethod = HdfsFencing['methods'][number]

/** What holds of them in the highly available form where nothing is said. */
export const fencingDefaults: HdfsFencing = fencing.parse({})
export const failoverDefaults: HdfsFailover = failover.parse({})
