import { ownedReconfigPrefixes, ownedZooKeys, ownedZooPrefixes, type ZookeeperSpec } from '../../api/zookeeper.ts'
import { properties } from '../../formats/properties.ts'
import { execWord } from '../../formats/unit.ts'
import type { HostView } from '../../model/kind.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { dataDirectoryProblems } from '../../services/common/directories.ts'
import { representable } from '../../services/common/represent.ts'
import { findHost, ownedOptionProblems, samePortProblems } from '../../services/common/validate.ts'
import { dataDirOf, dataLogDirOf, ownedJavaOptions, ownedReconfigOptions } from '../../services/zookeeper/config.ts'
import { atLeast, oldestVersion } from '../../services/zookeeper/version.ts'

/**
 * All that is wrong with a spec, at once. What the API server refuses is checked again: it may hold the CRD of another
 * release.
 */
export function zookeeperProblems(spec: ZookeeperSpec, hosts: Readonly<Record<string, HostView>>): readonly Problem[] {
  return [
    ...versionProblems(spec),
    ...memberProblems(spec, hosts),
    ...directoryProblems(spec),
    ...sessionProblems(spec),
    ...lineProblems(spec),
    ...configProblems(spec),
    ...ownedOptionProblems(spec.jvm.options, ownedOptionsOf(spec), 'spec.jvm.options'),
    ...samePortProblems([
      { port: spec.ports.client, field: 'spec.ports.client' },
      { port: spec.ports.quorum, field: 'spec.ports.quorum' },
      { port: spec.ports.election, field: 'spec.ports.election' },
      ...(spec.metrics === undefined ? [] : [{ port: spec.metrics.port, field: 'spec.metrics.port' }]),
    ]),
    ...metricsProblems(spec),
  ]
}

function invalid(field: string, message: string): Problem {
  return problem('InvalidSpec', `${field}: ${message}`, { field })
}

function versionProblems(spec: ZookeeperSpec): readonly Problem[] {
  if (atLeast(spec.version, oldestVersion)) return []
  return [
    invalid(
      'spec.version',
      `${spec.version} is older than ${oldestVersion}, the first in which an emptied server can be kept from voting; use a newer one`,
    ),
  ]
}

function memberProblems(spec: ZookeeperSpec, hosts: Readonly<Record<string, HostView>>): readonly Problem[] {
  const problems: Problem[] = []
  if (spec.members.length % 2 === 0) {
    problems.push(
      invalid('spec.members', `${spec.members.length} members: an ensemble has an odd number; add or remove one`),
    )
  }
  for (const [index, member] of spec.members.entries()) {
    const field = `spec.members[${index}]`
    const before = spec.members.slice(0, index)
    if (before.some((other) => other.id === member.id)) {
      const message = `${field}.id: id ${member.id} is given twice; give each member its own`
      problems.push(problem('DuplicateMember', message, { field: `${field}.id` }))
    }
    const found = findHost(hosts, member.host, `${field}.host`)
    if ('problem' in found) problems.push(found.problem)
    const { serviceAddress } = hosts[member.host] ?? {}
    const twin = before.find(
      (other) => other.host === member.host || hosts[other.host]?.serviceAddress === (serviceAddress ?? ''),
    )
    if (twin !== undefined) {
      const where = twin.host === member.host ? `host ${member.host}` : `the address ${serviceAddress} of ${twin.host}`
      const message = `${field}.host: member ${member.id} is on ${where}, as is member ${twin.id}; give each a host of its own`
      problems.push(problem('DuplicateMember', message, { field: `${field}.host`, host: member.host }))
    }
  }
  return problems
}

function directoryProblems(spec: ZookeeperSpec): readonly Problem[] {
  const problems = [...dataDirectoryProblems(spec.dataDir, 'spec.dataDir')]
  if (spec.dataLogDir === undefined) return problems
  problems.push(...dataDirectoryProblems(spec.dataLogDir, 'spec.dataLogDir'))
  const data = dataDirOf(spec)
  const log = dataLogDirOf(spec)
  if (`${data}/`.startsWith(`${log}/`) || `${log}/`.startsWith(`${data}/`)) {
    problems.push(
      invalid('spec.dataLogDir', `${log} and spec.dataDir ${data} are the same or nested; give each its own directory`),
    )
  }
  return problems
}

function sessionProblems(spec: ZookeeperSpec): readonly Problem[] {
  const { minSessionTimeoutSeconds: shortest, maxSessionTimeoutSeconds: longest } = spec
  if (shortest <= longest) return []
  const message = `${shortest} is above spec.maxSessionTimeoutSeconds ${longest}; lower it`
  return [invalid('spec.minSessionTimeoutSeconds', message)]
}

function ownedOptionsOf({ membershipChanges }: ZookeeperSpec) {
  return membershipChanges?.by === 'Reconfig' ? [...ownedJavaOptions, ...ownedReconfigOptions] : ownedJavaOptions
}

/** Values that would end their line of a file, named by their fields. */
function lineProblems(spec: ZookeeperSpec): readonly Problem[] {
  const config = Object.entries(spec.config).map(([key, value]) =>
    representable(`spec.config.${key}`, () => properties([[key, value]])),
  )
  const options = spec.jvm.options.map((option, index) =>
    representable(`spec.jvm.options[${index}]`, () => execWord(option)),
  )
  return [...config, ...options].flatMap((result) => ('problem' in result ? [result.problem] : []))
}

function configProblems(spec: ZookeeperSpec): readonly Problem[] {
  return Object.keys(spec.config).flatMap((key) => {
    const field = `spec.config.${key}`
    const instead = ownedZooKeys[key]
    const prefix = ownedZooPrefixes.find((owned) => key.startsWith(owned))
    const password =
      spec.membershipChanges?.by === 'Reconfig' && ownedReconfigPrefixes.some((owned) => key.startsWith(owned))
    if (instead === undefined && prefix === undefined && !password) return []
    const other = password ? 'spec.membershipChanges.superSecretRef' : instead
    const remedy = prefix === 'server.' ? 'use spec.members' : other ? `use ${other}` : 'remove it'
    return [problem('OwnedKey', `${field}: ironherd sets this key of zoo.cfg itself; ${remedy}`, { field })]
  })
}

function metricsProblems(spec: ZookeeperSpec): readonly Problem[] {
  if (spec.metrics === undefined || spec.software.packages === undefined) return []
  return [
    invalid(
      'spec.metrics',
      'the packages of the distribution lack the Prometheus provider; use an archive, or remove spec.metrics',
    ),
  ]
}
