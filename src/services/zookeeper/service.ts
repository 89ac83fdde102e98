import type { ZookeeperSpec } from '../../api/zookeeper.ts'
import type { DesiredFile, Member, PortClaim, SoftwareSource } from '../../model/member.ts'
import type { ObjectKey } from '../../model/object.ts'
import { keyText } from '../../model/object.ts'
import { dataDirectories, memberDirectories } from '../common/directories.ts'
import type { ExtraFilesResult } from '../common/extra-files.ts'
import { type MemberPaths, memberPaths } from '../common/names.ts'
import { softwareIdentity } from '../common/software.ts'
import { javaCommand, serviceUnitFile } from '../common/unit-file.ts'
import {
  dataDirOf,
  dataLogDirOf,
  javaArguments,
  listFile,
  listLine,
  log4jProperties,
  logbackXml,
  logsWithLogback,
  myid,
  type Peer,
  zooCfg,
} from './config.ts'
import { ensembleText } from './ensemble.ts'
import { zookeeperQuestions } from './probe.ts'

export const serviceName = 'zookeeper'
export const groupName = 'servers'

/** Debian's packages bring an init script or a unit of this name. */
export const packageLayout = { maskUnits: ['zookeeper.service'], path: '/usr/share/java' } as const

/** What one server needs to know of the whole. */
export interface ServerInput {
  readonly key: ObjectKey
  readonly spec: ZookeeperSpec
  readonly software: SoftwareSource
  readonly extraFiles: ExtraFilesResult
  /** All servers, in member order. */
  readonly peers: readonly (Peer & { readonly host: string })[]
  /** Password of the super user, where the ensemble is told its list while it runs. */
  readonly password?: string
  /** Its host does not come back: nobody waits for the server there. */
  readonly isLost?: (host: string) => boolean
}

export function memberId(id: number): string {
  return `zookeeper-${id}`
}

/** One server as a member. Throws UnrepresentableValue when a value of the spec does not fit into a file. */
export function zookeeperMember(input: ServerInput, own: Peer & { readonly host: string }): Member {
  const { key, spec, software, extraFiles, peers } = input
  const user = spec.serviceUser
  const paths = memberPaths(key, memberId(own.id))
  const dataDir = dataDirOf(spec)
  const dataLogDir = dataLogDirOf(spec)
  const files = [...configFiles(input, own, paths), ...extraFiles.files]
  const unit = serviceUnitFile({
    paths,
    description: `ZooKeeper server ${own.id} of ${key.namespace}/${key.name}`,
    user,
    limits: spec.limits,
    command: [...javaCommand(spec.javaHome), ...javaArguments(spec, software, paths)],
    environment: {},
    workingDirectory: paths.logs,
    loadedFiles: files.filter((file) => file.restart).map((file) => file.path),
    mounts: [spec.dataDir.mount, ...(spec.dataLogDir === undefined ? [] : [spec.dataLogDir.mount])],
  })
  return {
    id: memberId(own.id),
    service: serviceName,
    group: groupName,
    host: own.host,
    user,
    directories: [
      ...memberDirectories(paths, user),
      ...dataDirectories(spec.dataDir, user),
      ...(spec.dataLogDir === undefined ? [] : dataDirectories(spec.dataLogDir, user)),
      ...extraFiles.directories,
    ].filter((directory, index, all) => all.findIndex((other) => other.path === directory.path) === index),
    software,
    java: { home: spec.javaHome ?? '', minimumVersion: 8 },
    files: [...files, unit],
    unit: { name: paths.unitName, path: paths.unitPath, enabled: true, running: true, loadedPath: paths.loaded },
    ports: portClaims(spec),
    dataDirectories: dataLogDir === '' ? [dataDir] : [dataDir, dataLogDir],
    probes: zookeeperQuestions({
      address: own.address,
      clientPort: spec.ports.client,
      dataDir,
      dataLogDir,
      paths,
      toldItsList: input.password !== undefined,
    }),
    identity: {
      object: keyText(key),
      id: String(own.id),
      host: own.host,
      version: spec.version,
      software: softwareIdentity(software),
      ensemble: ensembleText(peers),
      // Peers that disagree on addresses or ports do not find each other, and there is no order in which they could change.
      endpoint: `${own.address}:${spec.ports.quorum}:${spec.ports.election}`,
      dataDir,
      dataLogDir,
      ...(input.password === undefined ? {} : { [changesBy]: 'Reconfig' }),
    },
    changeable: ['version', 'software', 'ensemble', changesBy],
    ...toldItsList(input, own),
  }
}

/** In the record of a server that was started to be told its list while it runs. */
export const changesBy = 'changesBy'

function toldItsList({ isLost, password, spec }: ServerInput, own: Peer & { readonly host: string }) {
  const { membershipChanges: { superSecretRef } = {} } = spec
  if (password === undefined || superSecretRef === undefined) return {}
  const { key, name } = superSecretRef
  const lost: Readonly<Record<string, string>> = isLost?.(own.host) === true ? { lost: 'true' } : {}
  const { client } = spec.ports
  return { rules: { line: listLine(spec, own), address: own.address, port: String(client), name, key, ...lost } }
}

function configFiles(input: ServerInput, own: Peer, paths: MemberPaths): readonly DesiredFile[] {
  const { password, spec, software, peers } = input
  const group = spec.serviceUser.group
  const config = (path: string, content: string): DesiredFile => ({
    path,
    content,
    mode: '640',
    owner: 'root',
    group,
    secret: false,
    restart: true,
  })
  const log = logsWithLogback(spec, software)
    ? config(`${paths.config}/logback.xml`, logbackXml(spec, paths))
    : config(`${paths.config}/log4j.properties`, log4jProperties(spec, paths))
  const listPath = `${paths.config}/servers.cfg`
  const reconfigurable = password === undefined ? undefined : { listPath, password }
  const zoo = config(`${paths.config}/zoo.cfg`, zooCfg(spec, peers, own, reconfigurable))
  return [
    ...(reconfigurable === undefined
      ? [zoo]
      : [
          { ...zoo, secret: true },
          // A running server is told of a change itself.
          { ...config(listPath, listFile(spec, peers)), restart: false },
        ]),
    log,
    config(`${dataDirOf(spec)}/myid`, myid(own.id)),
  ]
}

function portClaims(spec: ZookeeperSpec): readonly PortClaim[] {
  const secure = Number(spec.config.secureClientPort ?? Number.NaN)
  return [
    { port: spec.ports.client, purpose: 'client', field: 'spec.ports.client' },
    { port: spec.ports.quorum, purpose: 'quorum', field: 'spec.ports.quorum' },
    { port: spec.ports.election, purpose: 'election', field: 'spec.ports.election' },
    ...(spec.metrics === undefined
      ? []
      : [{ port: spec.metrics.port, purpose: 'metrics', field: 'spec.metrics.port' }]),
    ...(Number.isInteger(secure)
      ? [{ port: secure, purpose: 'TLS client', field: 'spec.config.secureClientPort' }]
      : []),
  ]
}
