import type { Jvm } from '../../api/common.ts'
import type { HdfsSpec } from '../../api/hdfs.ts'
import { hadoopEnvOwned, log4jOwned, siteOwned } from '../../api/hdfs-owned.ts'
import { type OwnedKeys, ownedKeyOf } from '../../api/owned.ts'
import { hadoopOptions } from '../../formats/hadoop-env.ts'
import { hadoopXml } from '../../formats/hadoop-xml.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { dataDirectoryProblems } from '../../services/common/directories.ts'
import { representable } from '../../services/common/represent.ts'
import { ownedOptionProblems, samePortProblems } from '../../services/common/validate.ts'
import { nameNodeHttpPort } from '../../services/hdfs-common/context.ts'
import { isHadoop2, versionRefusal } from '../../services/hdfs-common/version.ts'
import { dataNodePorts } from '../../services/hdfs-datanode/config.ts'
import { httpFsUser } from '../../services/hdfs-httpfs/config.ts'
import { fencingProblems } from './fencing.ts'
import { formProblems } from './form-problems.ts'

/**
 * What is wrong with the values of the spec, whatever the hosts are. The API server finds most of it first; it may hold the CRD of
 * another release.
 */
export function hdfsProblems(spec: HdfsSpec): readonly Problem[] {
  return [
    ...versionProblems(spec),
    ...formProblems(spec),
    ...memberProblems(spec),
    ...httpFsProblems(spec),
    ...directoryProblems(spec),
    ...portProblems(spec),
    ...(spec.fencing === undefined ? [] : fencingProblems(spec.fencing)),
    ...keyProblems(spec),
    ...jvmProblems(spec),
  ]
}

function invalid(field: string, message: string): Problem {
  return problem('InvalidSpec', `${field}: ${message}`, { field })
}

function versionProblems({ journalNodes, version, nameNodes }: HdfsSpec): readonly Problem[] {
  const refusal = versionRefusal(version)
  const { length } = nameNodes.members
  return [
    ...(refusal === undefined ? [] : [invalid('spec.version', refusal)]),
    ...(isHadoop2(version) && journalNodes !== undefined && length > 2
      ? [invalid('spec.nameNodes.members', `${length} NameNodes: Hadoop 2 has two; name two, or use Hadoop 3`)]
      : []),
  ]
}

function memberProblems({ journalNodes, nameNodes }: HdfsSpec): readonly Problem[] {
  const ids = nameNodes.members.map(({ id }) => id)
  return [
    ...ids.flatMap((id, index) => {
      if (ids.indexOf(id) === index) return []
      const field = `spec.nameNodes.members[${index}].id`
      return [problem('DuplicateMember', `${field}: id ${id} is given twice; give each NameNode its own`, { field })]
    }),
    ...(journalNodes === undefined ? [] : journalProblems(journalNodes.hosts.length)),
  ]
}

function journalProblems(count: number): readonly Problem[] {
  if (count % 2 === 1 && count >= 3) return []
  return [invalid('spec.journalNodes.hosts', `${count} JournalNodes: a majority wants three or five; name so many`)]
}

/** The NameNodes ask where a gateway asks from; hosts stand in the list as they are declared. */
function httpFsProblems({ httpFs, proxyUsers, version }: HdfsSpec): readonly Problem[] {
  if (httpFs === undefined) return []
  const field = 'spec.httpFs'
  if (isHadoop2(version)) {
    const message = `HttpFS of Hadoop ${version} is a web application of Tomcat, which this release does not run; leave it out, or use Hadoop 3`
    return [invalid(field, message)]
  }
  const user = proxyUsers.find((one) => one.user === httpFsUser)
  if (user === undefined) {
    const message = `HttpFS acts for those who ask it: name ${httpFsUser} in spec.proxyUsers, from ${httpFs.hosts.join(', ')}`
    return [invalid(field, message)]
  }
  // Of a range or an address it cannot be told here whether a host is in it.
  if (user.hosts.some((place) => /^[*0-9]/.test(place))) return []
  const barred = httpFs.hosts.filter((host) => !user.hosts.includes(host))
  if (barred.length === 0) return []
  const message = `${httpFsUser} may act for others from ${user.hosts.join(', ')}, and not from ${barred.join(', ')}; add it to the hosts of ${httpFsUser} in spec.proxyUsers`
  return [invalid(`${field}.hosts`, message)]
}

function directoryProblems({ dataNodeGroups, journalNodes, nameNodes, secondary }: HdfsSpec): readonly Problem[] {
  return [
    ...nameNodes.nameDirs.flatMap((directory, at) =>
      dataDirectoryProblems(directory, `spec.nameNodes.nameDirs[${at}]`),
    ),
    ...(journalNodes === undefined ? [] : dataDirectoryProblems(journalNodes.editsDir, 'spec.journalNodes.editsDir')),
    ...(secondary === undefined ? [] : dataDirectoryProblems(secondary.checkpointDir, 'spec.secondary.checkpointDir')),
    ...dataNodeGroups.flatMap(({ dataDirs, failedVolumesTolerated }, index) => {
      const field = `spec.dataNodeGroups[${index}]`
      return [
        ...dataDirs.flatMap((directory, at) => dataDirectoryProblems(directory, `${field}.dataDirs[${at}]`)),
        ...(failedVolumesTolerated < dataDirs.length
          ? []
          : [
              invalid(
                `${field}.failedVolumesTolerated`,
                `${failedVolumesTolerated} of ${dataDirs.length} dataDirs may fail, which leaves none; lower it`,
              ),
            ]),
      ]
    }),
  ]
}

/** Ports of one daemon; those of two daemons on one host are compared when it is known who is where. */
function portProblems(spec: HdfsSpec): readonly Problem[] {
  const { dataNodeGroups, journalNodes, nameNodes, version } = spec
  return [
    ...samePortProblems([
      { port: nameNodes.ports.rpc, field: 'spec.nameNodes.ports.rpc' },
      { port: nameNodeHttpPort(spec), field: 'spec.nameNodes.ports.http' },
    ]),
    ...(journalNodes === undefined
      ? []
      : samePortProblems([
          { port: journalNodes.ports.rpc, field: 'spec.journalNodes.ports.rpc' },
          { port: journalNodes.ports.http, field: 'spec.journalNodes.ports.http' },
        ])),
    ...dataNodeGroups.flatMap((group, index) => {
      const { data, ipc, http } = dataNodePorts(group, version)
      const field = `spec.dataNodeGroups[${index}].ports`
      return samePortProblems([
        { port: data, field: `${field}.data` },
        { port: ipc, field: `${field}.ipc` },
        { port: http, field: `${field}.http` },
      ])
    }),
  ]
}

/** Every map of keys: those that are ironherd's, and values that their file cannot hold. */
function keyProblems(spec: HdfsSpec): readonly Problem[] {
  const sites: readonly (readonly [field: string, keys: Readonly<Record<string, string>>])[] = [
    ['spec.coreSite', spec.coreSite],
    ['spec.hdfsSite', spec.hdfsSite],
    ['spec.nameNodes.hdfsSite', spec.nameNodes.hdfsSite],
    ['spec.secondary.hdfsSite', spec.secondary?.hdfsSite ?? {}],
    ['spec.journalNodes.hdfsSite', spec.journalNodes?.hdfsSite ?? {}],
    ['spec.failover.hdfsSite', spec.failover?.hdfsSite ?? {}],
    ['spec.httpFs.site', spec.httpFs?.site ?? {}],
    ...spec.dataNodeGroups.map(({ hdfsSite }, index) => [`spec.dataNodeGroups[${index}].hdfsSite`, hdfsSite] as const),
  ]
  return [
    ...sites.flatMap(([field, keys]) => [...ownedProblems(field, keys, siteOwned), ...valueProblems(field, keys)]),
    ...ownedProblems('spec.hadoopEnv', spec.hadoopEnv, hadoopEnvOwned),
    ...ownedProblems('spec.log4j', spec.log4j, log4jOwned),
  ]
}

function ownedProblems(field: string, keys: Readonly<Record<string, string>>, owned: OwnedKeys): readonly Problem[] {
  return Object.keys(keys).flatMap((key) => {
    const found = ownedKeyOf(owned, key)
    if (found === undefined) return []
    const message = `${field}: ${key} is set by ironherd; remove it and use ${owned[found]}`
    return [problem('OwnedKey', message, { field: `${field}[${key}]` })]
  })
}

function valueProblems(field: string, keys: Readonly<Record<string, string>>): readonly Problem[] {
  return Object.entries(keys).flatMap(([key, value]) => {
    const written = representable(`${field}[${key}]`, () => hadoopXml({ [key]: value }))
    return 'problem' in written ? [written.problem] : []
  })
}

/** Options for which there is a field, or which would win over the file that the field writes. */
const ownedOptions: readonly (readonly [prefix: string, instead: string])[] = [
  ['-Xmx', 'use jvm.heap of the role'],
  ['-Xms', 'use jvm.heap of the role'],
  ['-Dhadoop.root.logger', 'use spec.log4j'],
  ['-Dhadoop.log.', 'use spec.logs'],
  ['-Dlog4j.configuration', 'use spec.log4j'],
]

function jvmProblems({
  dataNodeGroups,
  failover,
  httpFs,
  journalNodes,
  nameNodes,
  secondary,
}: HdfsSpec): readonly Problem[] {
  const jvms: readonly (readonly [field: string, jvm: Jvm])[] = [
    ['spec.nameNodes.jvm.options', nameNodes.jvm],
    ...(secondary === undefined ? [] : [['spec.secondary.jvm.options', secondary.jvm] as const]),
    ...(journalNodes === undefined ? [] : [['spec.journalNodes.jvm.options', journalNodes.jvm] as const]),
    ...(failover === undefined ? [] : [['spec.failover.jvm.options', failover.jvm] as const]),
    ...(httpFs === undefined ? [] : [['spec.httpFs.jvm.options', httpFs.jvm] as const]),
    ...dataNodeGroups.map(({ jvm }, index) => [`spec.dataNodeGroups[${index}].jvm.options`, jvm] as const),
  ]
  return jvms.flatMap(([field, { options }]) => [
    ...ownedOptionProblems(options, ownedOptions, field),
    ...options.flatMap((option, index) => {
      const written = representable(`${field}[${index}]`, () => hadoopOptions([option]))
      return 'problem' in written ? [written.problem] : []
    }),
  ])
}
