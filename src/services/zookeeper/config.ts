import { createHash } from 'node:crypto'
import { joinMount } from '../../api/paths.ts'
import { javaMemory } from '../../api/quantity.ts'
import type { ZookeeperSpec } from '../../api/zookeeper.ts'
import { type PropertyEntry, properties } from '../../formats/properties.ts'
import { xmlText } from '../../formats/xml.ts'
import type { SoftwareSource } from '../../model/member.ts'
import type { MemberPaths } from '../common/names.ts'
import { atLeast } from './version.ts'

const header = ['Written by ironherd; changes are put back.']

/** id and address by which its peers reach it. */
export interface Peer {
  readonly id: number
  readonly address: string
}

export function dataDirOf(spec: ZookeeperSpec): string {
  return joinMount(spec.dataDir.mount, spec.dataDir.path)
}

/** '' when transaction logs are kept in the data directory. */
export function dataLogDirOf(spec: ZookeeperSpec): string {
  return spec.dataLogDir === undefined ? '' : joinMount(spec.dataLogDir.mount, spec.dataLogDir.path)
}

/** What a server that is told its list while it runs has besides: the file of the list, and the password of who may tell. */
export interface Reconfigurable {
  readonly listPath: string
  readonly password: string
}

/**
 * AdminServer is off: it would take port 8080, Spark's. standaloneEnabled is off so that a single server, too, is an
 * ensemble with a leader and epochs. reconfigEnabled is off, where nobody is to use it, so that the server never tries to rewrite this file.
 */
export function zooCfg(
  spec: ZookeeperSpec,
  peers: readonly Peer[],
  own: Peer,
  reconfigurable: Reconfigurable | undefined,
): string {
  const { ports, autopurge, metrics } = spec
  const dataLogDir = dataLogDirOf(spec)
  const entries: readonly PropertyEntry[] = [
    ['tickTime', String(spec.tickTimeMs)],
    ['initLimit', String(spec.initLimit)],
    ['syncLimit', String(spec.syncLimit)],
    ['dataDir', dataDirOf(spec)],
    ...(dataLogDir === '' ? [] : [['dataLogDir', dataLogDir] as const]),
    ['clientPort', String(ports.client)],
    ['clientPortAddress', own.address],
    ['maxClientCnxns', String(spec.maxClientConnections)],
    ['minSessionTimeout', String(spec.minSessionTimeoutSeconds * 1000)],
    ['maxSessionTimeout', String(spec.maxSessionTimeoutSeconds * 1000)],
    ['autopurge.snapRetainCount', String(autopurge.retain)],
    ['autopurge.purgeInterval', String(autopurge.intervalHours)],
    ['4lw.commands.whitelist', 'srvr,ruok,mntr,conf,isro,stat,cons,dump,wchs'],
    ['admin.enableServer', 'false'],
    ['standaloneEnabled', 'false'],
    ['reconfigEnabled', String(reconfigurable !== undefined)],
    ...(metrics === undefined
      ? []
      : ([
          ['metricsProvider.className', 'org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider'],
          ['metricsProvider.httpPort', String(metrics.port)],
        ] as const)),
    ...(reconfigurable === undefined
      ? peers.map((peer) => [`server.${peer.id}`, peerAddress(spec, peer)] as const)
      : ([
          ['dynamicConfigFile', reconfigurable.listPath],
          ['DigestAuthenticationProvider.superDigest', superDigest(reconfigurable.password)],
        ] as const)),
    ...Object.entries(spec.config).sort(([a], [b]) => (a < b ? -1 : 1)),
  ]
  return properties(entries, header)
}

function peerAddress({ ports }: ZookeeperSpec, { address }: Peer): string {
  return `${address}:${ports.quorum}:${ports.election}`
}

/** As the property zookeeper.DigestAuthenticationProvider.superDigest wants it. */
function superDigest(password: string): string {
  return `super:${createHash('sha1').update(`super:${password}`).digest('base64')}`
}

/**
 * One server as a running ensemble has it in its list, word for word. Without the client address: a server takes its own from the
 * list, and would go on to listen on the old port where spec.ports.client changes.
 */
export function listLine(spec: ZookeeperSpec, peer: Peer): string {
  return `server.${peer.id}=${peerAddress(spec, peer)}:participant`
}

/** The list that a server begins with. One that finds an ensemble takes over the list of that one, which is newer. */
export function listFile(spec: ZookeeperSpec, peers: readonly Peer[]): string {
  return properties(
    peers.map((peer) => [`server.${peer.id}`, `${peerAddress(spec, peer)}:participant`]),
    header,
  )
}

export function myid(id: number): string {
  return `${id}\n`
}

/** Archives from 3.8 on log through logback; older ones, and Debian's packages of 3.8.0, through log4j 1. */
export function logsWithLogback(spec: ZookeeperSpec, source: SoftwareSource): boolean {
  return source.from === 'archive' && atLeast(spec.version, '3.8.0')
}

const pattern = '%d{ISO8601} [%t] %-5p %c{2}: %m%n'

/**
 * Logs go to a file of bounded size; warnings also to the journal, where systemctl status shows why a start failed. The
 * connection loggers say at INFO that somebody asked for health, every few seconds for ever: they start at WARN.
 */
export function logbackXml(spec: ZookeeperSpec, paths: MemberPaths): string {
  const file = xmlText(`${paths.logs}/zookeeper.log`)
  return `<?xml version="1.0" encoding="UTF-8"?>
<!-- ${header.join(' ')} -->
<configuration>
  <appender name="FILE" class="ch.qos.logback.core.rolling.RollingFileAppender">
    <file>${file}</file>
    <rollingPolicy class="ch.qos.logback.core.rolling.FixedWindowRollingPolicy">
      <fileNamePattern>${file}.%i</fileNamePattern>
      <minIndex>1</minIndex>
      <maxIndex>${spec.logs.files}</maxIndex>
    </rollingPolicy>
    <triggeringPolicy class="ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy">
      <maxFileSize>${spec.logs.maxFileMiB}MB</maxFileSize>
    </triggeringPolicy>
    <encoder>
      <pattern>${pattern}</pattern>
    </encoder>
  </appender>
  <appender name="JOURNAL" class="ch.qos.logback.core.ConsoleAppender">
    <target>System.err</target>
    <filter class="ch.qos.logback.classic.filter.ThresholdFilter">
      <level>WARN</level>
    </filter>
    <encoder>
      <pattern>%-5p %c{2}: %m%n</pattern>
    </encoder>
  </appender>
  <logger name="org.apache.zookeeper.server.NIOServerCnxn" level="WARN"/>
  <logger name="org.apache.zookeeper.server.NettyServerCnxn" level="WARN"/>
  <root level="INFO">
    <appender-ref ref="FILE"/>
    <appender-ref ref="JOURNAL"/>
  </root>
</configuration>
`
}

export function log4jProperties(spec: ZookeeperSpec, paths: MemberPaths): string {
  return properties(
    [
      ['log4j.rootLogger', 'INFO, FILE, JOURNAL'],
      ['log4j.appender.FILE', 'org.apache.log4j.RollingFileAppender'],
      ['log4j.appender.FILE.File', `${paths.logs}/zookeeper.log`],
      ['log4j.appender.FILE.MaxFileSize', `${spec.logs.maxFileMiB}MB`],
      ['log4j.appender.FILE.MaxBackupIndex', String(spec.logs.files)],
      ['log4j.appender.FILE.layout', 'org.apache.log4j.PatternLayout'],
      ['log4j.appender.FILE.layout.ConversionPattern', pattern],
      ['log4j.appender.JOURNAL', 'org.apache.log4j.ConsoleAppender'],
      ['log4j.appender.JOURNAL.Target', 'System.err'],
      ['log4j.appender.JOURNAL.Threshold', 'WARN'],
      ['log4j.appender.JOURNAL.layout', 'org.apache.log4j.PatternLayout'],
      ['log4j.appender.JOURNAL.layout.ConversionPattern', '%-5p %c{2}: %m%n'],
      ['log4j.logger.org.apache.zookeeper.server.NIOServerCnxn', 'WARN'],
      ['log4j.logger.org.apache.zookeeper.server.NettyServerCnxn', 'WARN'],
    ],
    header,
  )
}

/**
 * Debian puts the jars into /usr/share/java; zookeeper.jar's manifest names those it needs, but no logging back end, and
 * not all of netty's parts. That directory also holds three other slf4j back ends, so it is never taken as a whole.
 */
const debianJars = [
  'zookeeper',
  'zookeeper-jute',
  'slf4j-api',
  'slf4j-log4j12',
  'log4j-1.2',
  'netty-resolver',
  'netty-codec',
  'netty-transport-native-unix-common',
]

export function classPath(source: SoftwareSource, paths: MemberPaths): string {
  const jars =
    source.from === 'archive' ? [`${source.path}/lib/*`] : debianJars.map((name) => `${source.path}/${name}.jar`)
  return [paths.config, ...jars].join(':')
}

/** Options that only ironherd sets, by how they begin, with the field to use instead. */
export const ownedJavaOptions: readonly (readonly [prefix: string, instead: string])[] = [
  ['-Xmx', 'use spec.jvm.heap'],
  ['-Xms', 'use spec.jvm.heap'],
  ['-Dzookeeper.db.autocreate', 'an emptied server would vote and lose acknowledged writes'],
  ['-Dzookeeper.snapshot.trust.empty', 'an emptied server would be trusted'],
  ['-Dzookeeper.admin.', 'AdminServer stays off'],
  ['-Dlogback.configurationFile', 'use spec.logs'],
  ['-Dlog4j.configuration', 'use spec.logs'],
]

/** And what would let nobody in by the password of the super user, where the servers are told their list while they run. */
export const ownedReconfigOptions: readonly (readonly [prefix: string, instead: string])[] = [
  ['-Dzookeeper.DigestAuthenticationProvider.', 'use spec.membershipChanges.superSecretRef'],
]

/** Arguments of java, up to and including the main class and its argument. */
export function javaArguments(spec: ZookeeperSpec, source: SoftwareSource, paths: MemberPaths): readonly string[] {
  const heap = javaMemory(spec.jvm.heap)
  const log = logsWithLogback(spec, source)
    ? [`-Dlogback.configurationFile=${paths.config}/logback.xml`]
    : [`-Dlog4j.configuration=file:${paths.config}/log4j.properties`]
  return [
    `-Xms${heap}`,
    `-Xmx${heap}`,
    // A server that is out of memory limps on and holds its session: gone, systemd starts it again.
    '-XX:+ExitOnOutOfMemoryError',
    // Without it an emptied server votes with zxid 0, and acknowledged writes are lost (runbook §1.3).
    '-Dzookeeper.db.autocreate=false',
    '-Dzookeeper.admin.enableServer=false',
    // Registering log4j 1 in JMX fails with the reload4j that newer 3.6 and 3.7 ship.
    '-Dzookeeper.jmx.log4j.disable=true',
    ...log,
    ...spec.jvm.options,
    '-cp',
    classPath(source, paths),
    'org.apache.zookeeper.server.quorum.QuorumPeerMain',
    `${paths.config}/zoo.cfg`,
  ]
}
