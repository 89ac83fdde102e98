import type { Jvm } from '../../api/common.ts'
import { javaMemory } from '../../api/quantity.ts'
import { javaOptions } from '../../formats/java-options.ts'
import { merged, type PropertyEntry, properties } from '../../formats/properties.ts'
import { sparkEnv } from '../../formats/spark-env.ts'
import type { HostView } from '../../model/kind.ts'
import type { DesiredDirectory, DesiredFile, DrainRule, Member, PortClaim, ZnodeClaim } from '../../model/member.ts'
import type { Question } from '../../model/question.ts'
import { memberDirectories } from '../common/directories.ts'
import { type MemberPaths, memberPaths } from '../common/names.ts'
import { softwareIdentity } from '../common/software.ts'
import { serviceUnitFile } from '../common/unit-file.ts'
import { applicationDefaults } from './client-config.ts'
import { recoveryText, type SparkContext } from './context.ts'
import { applicationLogConfig, daemonLogConfig } from './log-config.ts'

/** What one daemon adds to what all of Spark's daemons share. */
export interface Daemon {
  /** Member id, e.g. spark-master-m1. */
  readonly id: string
  readonly service: string
  readonly group: string
  readonly host: HostView
  readonly description: string
  readonly className: string
  /** Arguments after the class; the properties file is named in them by `propertiesPath`. */
  readonly arguments: (propertiesPath: string) => readonly string[]
  /** Name of the file with the daemon's properties; spark-defaults.conf for those that take no --properties-file. */
  readonly propertiesFile: 'daemon.properties' | 'spark-defaults.conf'
  readonly properties: readonly PropertyEntry[]
  readonly userProperties: Readonly<Record<string, string>>
  readonly environment: Readonly<Record<string, string>>
  readonly jvm: Jvm
  readonly keepsLeadershipLog: boolean
  readonly directories: readonly DesiredDirectory[]
  readonly dataDirectories: readonly string[]
  readonly znodes?: readonly ZnodeClaim[]
  readonly ports: readonly PortClaim[]
  readonly probes: (paths: MemberPaths) => readonly Question[]
  readonly identity: Readonly<Record<string, string>>
  readonly rules: Readonly<Record<string, string>>
  readonly drain?: DrainRule
  /** More lines for the [Service] section of the unit. */
  readonly unitLines?: readonly (readonly [key: string, value: string])[]
}

/**
 * A Spark daemon as a member: `bin/spark-class CLASS` in the foreground, with a configuration directory of its own. The
 * directory is readable for everyone, since it is also what users of the host point SPARK_CONF_DIR to; it holds no secret.
 * `peers` are the ids of all members of the cluster, sorted: the record by which a change of the set is noticed.
 * Throws UnrepresentableValue for a value that one of the files cannot hold.
 */
export function sparkMember(context: SparkContext, daemon: Daemon, peers: readonly string[]): Member {
  const { spec, software, user, extra } = context
  const paths = memberPaths(context.key, daemon.id)
  const files = [...configFiles(context, daemon, paths), ...extra.files]
  const propertiesPath = `${paths.config}/${daemon.propertiesFile}`
  const mounts = new Set(daemon.directories.flatMap((directory) => directory.mount ?? []))
  const unit = serviceUnitFile({
    paths,
    description: `${daemon.description} (${context.key.namespace}/${context.key.name}, ironherd)`,
    user,
    limits: spec.limits,
    command: [`${software.path}/bin/spark-class`, daemon.className, ...daemon.arguments(propertiesPath)],
    environment: { SPARK_HOME: software.path, SPARK_CONF_DIR: paths.config, SPARK_LOG_DIR: paths.logs },
    // A crashing JVM leaves its hs_err file where it stands.
    workingDirectory: paths.logs,
    loadedFiles: files.filter((file) => file.restart).map((file) => file.path),
    mounts: [...mounts],
    ...(daemon.unitLines === undefined ? {} : { more: daemon.unitLines }),
  })
  return {
    id: daemon.id,
    service: daemon.service,
    group: daemon.group,
    host: daemon.host.name,
    user,
    directories: [
      ...memberDirectories(paths, user).map((directory) =>
        directory.path === paths.config ? { ...directory, mode: '755' } : directory,
      ),
      ...extra.directories,
      ...context.eventLogDirectories,
      ...daemon.directories,
    ],
    software,
    java: { home: spec.javaHome ?? '', minimumVersion: spec.version.startsWith('3.') ? 8 : 17 },
    files: [...files, unit],
    unit: {
      name: paths.unitName,
      path: paths.unitPath,
      enabled: true,
      running: true,
      loadedPath: paths.loaded,
    },
    ports: daemon.ports,
    dataDirectories: daemon.dataDirectories,
    ...(daemon.znodes === undefined ? {} : { znodes: daemon.znodes }),
    probes: daemon.probes(paths),
    identity: {
      role: daemon.service,
      host: daemon.host.name,
      version: spec.version,
      software: softwareIdentity(software),
      recovery: recoveryText(context.recovery),
      peers: peers.join(','),
      group: daemon.group,
      ...daemon.identity,
    },
    changeable: ['version', 'software', 'peers', 'group', 'workerGroup', 'port', 'webUiPort', 'drain'],
    rules: daemon.rules,
    ...(daemon.drain === undefined ? {} : { drain: daemon.drain }),
  }
}

function configFiles(context: SparkContext, daemon: Daemon, paths: MemberPaths): readonly DesiredFile[] {
  const { spec } = context
  const file = (name: string, content: string, restart: boolean): DesiredFile => ({
    path: `${paths.config}/${name}`,
    content,
    mode: '644',
    owner: 'root',
    group: 'root',
    secret: false,
    restart,
  })
  const logConfig = `${paths.config}/daemon-log4j2.properties`
  const header = ['Written by ironherd; changes are put back.']
  const clients = Object.entries(context.clientFiles).map(([name, content]) => file(name, content, false))
  const isClientDirectory = daemon.propertiesFile !== 'spark-defaults.conf'
  return [
    file('spark-env.sh', sparkEnv(environment(context, daemon, logConfig), header), true),
    file(daemon.propertiesFile, properties(merged(daemon.properties, daemon.userProperties), header), true),
    file(
      'daemon-log4j2.properties',
      daemonLogConfig({
        directory: paths.logs,
        logs: spec.logs,
        leadership: daemon.keepsLeadershipLog,
        overrides: spec.log4j2.daemons,
      }),
      true,
    ),
    ...(isClientDirectory
      ? [
          file('log4j2.properties', applicationLogConfig(spec.log4j2.applications), false),
          file('spark-defaults.conf', applicationDefaults(context), false),
        ]
      : []),
    ...clients,
  ]
}

/** The user's variables first: what ironherd sets wins, and the schema refuses those names anyway. */
function environment(context: SparkContext, daemon: Daemon, logConfig: string): Readonly<Record<string, string>> {
  const { spec } = context
  const heap = javaMemory(daemon.jvm.heap)
  return {
    ...spec.sparkEnv,
    ...(spec.javaHome === undefined ? {} : { JAVA_HOME: spec.javaHome }),
    SPARK_LOCAL_IP: daemon.host.serviceAddress,
    SPARK_PUBLIC_DNS: daemon.host.advertisedAddress,
    ...daemon.environment,
    SPARK_DAEMON_MEMORY: heap,
    SPARK_DAEMON_JAVA_OPTS: javaOptions([
      `-Xms${heap}`,
      `-Dlog4j2.configurationFile=file:${logConfig}`,
      ...daemon.jvm.options,
    ]),
  }
}
