import type { HostView } from '../../model/kind.ts'
import type { DesiredDirectory, DesiredFile, Member, PortClaim, ServiceUser, ZnodeClaim } from '../../model/member.ts'
import { keyText } from '../../model/object.ts'
import type { Question } from '../../model/question.ts'
import { memberDirectories } from '../common/directories.ts'
import { type MemberPaths, memberPaths } from '../common/names.ts'
import { softwareIdentity } from '../common/software.ts'
import { serviceUnitFile } from '../common/unit-file.ts'
import type { MesosContext } from './context.ts'
import { type Flags, flagsRule, flagWords } from './flags.ts'

/** What one daemon adds to what both of Mesos' daemons share. */
export interface Daemon {
  /** Member id, e.g. mesos-master-m1. */
  readonly id: string
  /** Name of the folder in services/, and of the program. */
  readonly service: 'mesos-master' | 'mesos-agent'
  readonly group: string
  readonly host: HostView
  readonly description: string
  readonly user: ServiceUser
  readonly flags: Flags
  /** Those by which a running process is known to be the one that it is taken for: what a restart does not change. */
  readonly checked: Readonly<Record<string, string>>
  readonly environment: Readonly<Record<string, string>>
  /** Further words of the command, in a file that is read at each start. */
  readonly words?: (paths: MemberPaths) => { readonly file: DesiredFile; readonly variable: string }
  readonly runsTasks: boolean
  readonly directories: readonly DesiredDirectory[]
  readonly dataDirectories: readonly string[]
  readonly port: PortClaim
  readonly znodes?: readonly ZnodeClaim[]
  readonly probes: (at: { readonly address: string; readonly port: number }, paths: MemberPaths) => readonly Question[]
  readonly identity: Readonly<Record<string, string>>
  readonly changeable: readonly string[]
  readonly rules: Readonly<Record<string, string>>
}

/**
 * A daemon of Mesos as a member: its program in the foreground with every flag on the command line, `--ip` and `--hostname` among them
 * always, since a name that resolves to a loopback address is the usual cause of a master that nobody finds (runbook §2.8). It
 * writes to the journal. Throws UnrepresentableValue for a value that its unit cannot hold.
 */
export function mesosMember(context: MesosContext, daemon: Daemon): Member {
  const { key, spec, software, extra } = context
  const { host, user } = daemon
  const paths = memberPaths(key, daemon.id)
  const words = daemon.words?.(paths)
  const files = [...(words === undefined ? [] : [words.file]), ...extraFiles(context, daemon)]
  const mounts = new Set(daemon.directories.flatMap(({ mount }) => mount ?? []))
  const unit = serviceUnitFile({
    paths,
    description: `${daemon.description} (${key.namespace}/${key.name}, ironherd)`,
    user,
    limits: spec.limits,
    command: [`${software.path}/sbin/${daemon.service}`, ...flagWords(daemon.flags)],
    // The archive stands elsewhere than it was built for.
    environment: { ...daemon.environment, LD_LIBRARY_PATH: `${software.path}/lib` },
    ...(words === undefined ? {} : { words: { file: words.file.path, variable: words.variable } }),
    workingDirectory: paths.logs,
    loadedFiles: files.filter((file) => file.restart).map((file) => file.path),
    mounts: [...mounts],
    ...(daemon.runsTasks ? { runsTasks: true } : {}),
  })
  const at = { address: host.serviceAddress, port: daemon.port.port }
  return {
    id: daemon.id,
    service: daemon.service,
    group: daemon.group,
    host: host.name,
    user,
    directories: [...memberDirectories(paths, user), ...extra.directories, ...daemon.directories],
    software,
    java: { home: '', minimumVersion: 0 },
    files: [...files, unit],
    unit: { name: paths.unitName, path: paths.unitPath, enabled: true, running: true, loadedPath: paths.loaded },
    ports: [daemon.port],
    dataDirectories: daemon.dataDirectories,
    ...(daemon.znodes === undefined ? {} : { znodes: daemon.znodes }),
    probes: daemon.probes(at, paths),
    identity: {
      object: keyText(key),
      role: daemon.service,
      host: host.name,
      group: daemon.group,
      version: spec.version,
      software: softwareIdentity(software),
      // With another one they would be another cluster.
      zookeeperPath: context.zookeeper.path,
      endpoint: `${at.address}:${at.port}`,
      ...daemon.identity,
    },
    changeable: ['version', 'software', 'group', ...daemon.changeable],
    rules: {
      address: at.address,
      port: String(at.port),
      [flagsRule]: JSON.stringify(daemon.checked),
      ...daemon.rules,
    },
  }
}

/** The group of the masters exists where one of them is; elsewhere root reads the files alone. */
function extraFiles({ extra, masters }: MesosContext, { host, user }: Daemon): readonly DesiredFile[] {
  const isHere = masters.some(({ name }) => name === host.name)
  return isHere ? extra.files : extra.files.map((file) => ({ ...file, group: user.group }))
}
