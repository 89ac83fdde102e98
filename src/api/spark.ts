import { z } from 'zod'
import { celRules } from './cel.ts'
import {
  deletionPolicy,
  extraFiles,
  javaHome,
  jvm,
  limits,
  logs,
  objectName,
  objectRef,
  paused,
  planPolicy,
  port,
  serviceUser,
  software,
  text,
  version,
} from './common.ts'
import { clusterColumns, defineKind } from './kind.ts'
import { quoted } from './owned.ts'
import { daemonPrefixes, defaultsOwned, historyOwned, logOwnedPrefixes } from './spark-owned.ts'
import { environment, heap, propertyKey, sparkProperties } from './spark-pieces.ts'
import { standalone } from './spark-standalone.ts'
import { clusterStatus } from './status.ts'

const historyServer = z
  .object({
    host: objectName.describe('Host object.'),
    webUiPort: port.default(18080).describe('Port of its web UI (spark.history.ui.port).'),
    eventLogDir: z
      .string()
      .min(9)
      .max(519)
      .regex(/^file:\/\/(\/(\.?[A-Za-z0-9_@+=-][A-Za-z0-9_@+=.-]*))+$/)
      .describe(
        'Where applications write their event logs and the history server reads them: file:///path. The directory is created, ' +
          'writable for every user, on every host of the cluster; drivers on other hosts than that of the history server show up ' +
          'in it only if the path is on a shared file system. The client configuration enables event logs there.',
      ),
    properties: sparkProperties(historyOwned).describe(
      'Content of the file given with --properties-file, e.g. spark.history.fs.cleaner.enabled.',
    ),
    jvm: jvm(heap),
  })
  .describe('Web UI of applications that have finished.')

const archive = software.shape.archive.unwrap()

const spec = z
  .object({
    version: version
      .meta(
        celRules({
          rule: "self.matches('^([4-9]|3[.]([3-9]|[1-9][0-9])[.])')",
          message: 'Spark 3.3 is the oldest version that this release can configure (log4j2)',
        }),
      )
      .describe('Version of Spark, 3.3.0 or newer, e.g. 3.5.7. It must be that of the archive.'),
    software: z
      .object({
        archive: archive.describe(
          'The binary distribution as the project publishes it (spark-…-bin-….tgz), with one top directory.',
        ),
      })
      .describe('Where Spark comes from. No distribution packages it.'),
    javaHome: javaHome.optional(),
    serviceUser: serviceUser('spark'),
    logs,
    limits,
    standalone,
    hdfsRef: objectRef
      .optional()
      .describe(
        'HdfsCluster whose files the applications use. Its core-site.xml and hdfs-site.xml are put into the configuration directory of ' +
          'every member, so that drivers and executors find hdfs://<nameservice>, which is also their default file system. A change ' +
          'there restarts nothing, and Spark is not held back while that cluster is not available.',
      ),
    historyServer: historyServer.optional(),
    sparkDefaults: sparkProperties(defaultsOwned, {
      rule: `!${quoted(daemonPrefixes)}.exists(p, self.exists(k, k.startsWith(p)))`,
      message: `only daemons read ${daemonPrefixes.join('*, ')}*: put such a key into properties of masters, worker group or historyServer`,
    }).describe(
      'Defaults of applications: spark-defaults.conf in the configuration directory of every member. Daemons do not read it, so a ' +
        'change restarts nothing. With SPARK_CONF_DIR set to such a directory, spark-submit finds masters, event logs and shuffle service.',
    ),
    sparkEnv: environment(
      'Further lines of spark-env.sh, for every daemon and for applications. A change restarts the daemons.',
    ),
    log4j2: z
      .object({
        daemons: z
          .record(propertyKey, text(1024))
          .meta({
            maxProperties: 64,
            ...celRules({
              rule: `!${quoted(logOwnedPrefixes)}.exists(p, self.exists(k, k.startsWith(p)))`,
              message: `ironherd sets ${logOwnedPrefixes.join('*, ')}* itself; rotation is under logs`,
            }),
          })
          .default({})
          .describe('For the daemons, e.g. rootLogger.level: warn. A change restarts them.'),
        applications: z
          .record(propertyKey, text(1024))
          .meta({ maxProperties: 64 })
          .default({})
          .describe('For executors and shells: log4j2.properties in the configuration directories. Restarts nothing.'),
      })
      .prefault({})
      .describe('Keys of log4j2.properties that are added to, or win over, those that ironherd writes.'),
    extraFiles,
    deletionPolicy,
    paused,
    planPolicy,
  })
  .describe('A Spark cluster.')

export const sparkKind = defineKind({
  kind: 'SparkCluster',
  plural: 'sparkclusters',
  singular: 'sparkcluster',
  shortNames: ['ihspark'],
  description: 'A Spark cluster on real hosts: masters, workers, shuffle service and history server.',
  printerColumns: clusterColumns(),
  spec,
  status: clusterStatus,
})

export type SparkSpec = z.output<typeof spec>
export type SparkWorkerGroup = SparkSpec['standalone']['workerGroups'][number]
export type SparkShuffleService = NonNullable<SparkSpec['standalone']['shuffleService']>
export type SparkHistoryServer = NonNullable<SparkSpec['historyServer']>

/** The directory of a `file:///…` URL as `eventLogDir` allows it. */
export function eventLogPath(url: string): string {
  return url.slice('file://'.length)
}
