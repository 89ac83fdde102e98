import type { DataDirectory, Jvm } from '../../api/common.ts'
import { joinMount } from '../../api/paths.ts'
import type { HostView } from '../../model/kind.ts'
import type { DesiredDirectory, DesiredFile, Member, PortClaim, ServiceUser, ZnodeClaim } from '../../model/member.ts'
import { keyText } from '../../model/object.ts'
import type { Question } from '../../model/question.ts'
import { dataDirectories, memberDirectories } from '../common/directories.ts'
import { type MemberPaths, memberPaths } from '../common/names.ts'
import { softwareIdentity } from '../common/software.ts'
import { serviceUnitFile } from '../common/unit-file.ts'
import { type HdfsContext, namesText } from './context.ts'
import { daemonEnvironment, environmentFile, type ScriptRole } from './environment.ts'
import { logConfig } from './log-config.ts'
import { jarQuestions } from './questions.ts'
import type { Rules } from './rules.ts'
import { coreXml, daemonCore, type Site, siteXml } from './site.ts'
import { hadoopTool } from './tool.ts'

/** What one daemon adds to what all of HDFS's daemons share. */
export interface Daemon {
  /** Member id, e.g. hdfs-namenode-nn1. */
  readonly id: string
  /** Name of the folder in services/. */
  readonly service: string
  readonly group: string
  readonly host: HostView
  /** Its failure domain among those of its group, where that is known. */
  readonly domain?: string
  readonly description: string
  /** Whom it runs as, where that is not the user of all others. */
  readonly user?: ServiceUser
  /** What `bin/hdfs` calls it. */
  readonly command: string
  readonly scriptRole: ScriptRole
  readonly core: (paths: MemberPaths) => Site
  readonly site: (paths: MemberPaths) => Site
  /** The role's own hdfsSite of the spec. */
  readonly userSite: Readonly<Record<string, string>>
  readonly jvm: Jvm
  /** Further variables of its unit. */
  readonly environment?: (paths: MemberPaths) => Readonly<Record<string, string>>
  /** Whence further words of its command come. */
  readonly words?: (paths: MemberPaths) => { readonly file: string; readonly variable: string }
  /** Beside the four that all have. */
  readonly files?: (paths: MemberPaths) => readonly DesiredFile[]
  readonly data: readonly DataDirectory[]
  readonly ports: readonly PortClaim[]
  readonly znodes?: readonly ZnodeClaim[]
  readonly probes: (rules: Rules, record: string) => readonly Question[]
  readonly identity: Readonly<Record<string, string>>
  /** Keys of `identity` that a restart may change, beside those of all daemons. */
  readonly changeable?: readonly string[]
  readonly rules: Rules
  /** Tools of Hadoop are run with its configuration. */
  readonly hasTools: boolean
  /** More lines for the [Service] section of the unit. */
  readonly unitLines?: readonly (readonly [key: string, value: string])[]
}

/**
 * A daemon of HDFS as a member: `bin/hdfs --config DIRECTORY ROLE` in the foreground, with a configuration directory of its own, so
 * that a key of one role restarts no other. Throws UnrepresentableValue for a value that one of the files cannot hold.
 */
export function hdfsMember(context: HdfsContext, daemon: Daemon): Member {
  const { key, spec, software, extra } = context
  const { user = context.user } = daemon
  const paths = memberPaths(key, daemon.id)
  const files = [...configFiles(context, daemon, paths), ...(daemon.files?.(paths) ?? []), ...extra.files]
  const unit = serviceUnitFile({
    paths,
    description: `${daemon.description} (${key.namespace}/${key.name}, ironherd)`,
    user,
    limits: spec.limits,
    command: [`${software.path}/bin/hdfs`, '--config', paths.config, daemon.command],
    environment: { ...daemonEnvironment(paths), ...daemon.environment?.(paths) },
    ...(daemon.words === undefined ? {} : { words: daemon.words(paths) }),
    // A crashing JVM leaves its hs_err file where it stands.
    workingDirectory: paths.logs,
    loadedFiles: files.filter((file) => file.restart).map((file) => file.path),
    mounts: [...new Set(daemon.data.map(({ mount }) => mount))],
    ...(daemon.unitLines === undefined ? {} : { more: daemon.unitLines }),
  })
  const rules: Rules = {
    address: daemon.host.serviceAddress,
    nameservice: spec.nameservice,
    clusterId: context.clusterId,
    ...(spec.extraJars.length === 0 ? {} : { extraJars: spec.extraJars.join(',') }),
    ...(daemon.hasTools ? { tool: JSON.stringify(hadoopTool(context, paths)) } : {}),
    ...daemon.rules,
  }
  return {
    id: daemon.id,
    service: daemon.service,
    group: daemon.group,
    host: daemon.host.name,
    ...(daemon.domain === undefined ? {} : { domain: daemon.domain }),
    user,
    directories: [...memberDirectories(paths, user), ...extra.directories, ...dataPlaces(context, daemon)],
    software,
    java: { home: spec.javaHome ?? '', minimumVersion: 8 },
    files: [...files, unit],
    unit: { name: paths.unitName, path: paths.unitPath, enabled: true, running: true, loadedPath: paths.loaded },
    ports: daemon.ports,
    dataDirectories: pathsOfData(daemon.data),
    ...(daemon.znodes === undefined ? {} : { znodes: daemon.znodes }),
    probes: [...daemon.probes(rules, paths.firstStartRecord), ...jarQuestions(rules)],
    identity: {
      object: keyText(key),
      role: daemon.service,
      host: daemon.host.name,
      group: daemon.group,
      clusterId: context.clusterId,
      nameservice: spec.nameservice,
      version: spec.version,
      software: softwareIdentity(software),
      // By it the form of what stands is known, and where its one NameNode is, whatever the spec says.
      ...(context.ha === undefined ? { simple: namesText(context) } : {}),
      ...daemon.identity,
    },
    changeable: ['version', 'software', 'group', ...(daemon.changeable ?? [])],
    rules,
  }
}

export function pathsOfData(data: readonly DataDirectory[]): readonly string[] {
  return data.map(({ mount, path }) => joinMount(mount, path))
}

/** Hadoop takes the group's right to its directories away, whatever they had. */
function dataPlaces({ user }: HdfsContext, { data }: Daemon): readonly DesiredDirectory[] {
  return data.flatMap((directory) => dataDirectories(directory, user)).map((place) => ({ ...place, mode: '700' }))
}

function configFiles(context: HdfsContext, daemon: Daemon, paths: MemberPaths): readonly DesiredFile[] {
  const file = (name: string, content: string): DesiredFile => ({
    path: `${paths.config}/${name}`,
    content,
    mode: '640',
    owner: 'root',
    group: (daemon.user ?? context.user).group,
    secret: false,
    restart: true,
  })
  return [
    file('core-site.xml', coreXml(context, { ...daemonCore(context), ...daemon.core(paths) })),
    file('hdfs-site.xml', siteXml(context, daemon.userSite, daemon.site(paths))),
    file('hadoop-env.sh', environmentFile(context, daemon.scriptRole, daemon.jvm, paths)),
    file('log4j.properties', logConfig(context, paths)),
  ]
}
