import { type HostSpec, hostKind } from '../../api/host.ts'
import type { HostPreparation } from '../../api/host-preparation.ts'
import { parseSpec } from '../../api/resource.ts'
import { quote } from '../../formats/shell.ts'
import type { DesiredHost, HostFile, HostKind } from '../../model/host.ts'
import { environmentPath, limitsPath } from '../../model/host.ts'
import type { Resource } from '../../model/object.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { fileOf } from './files.ts'
import { hostLines } from './hosts-block.ts'
import { repositoriesOf } from './repositories.ts'

export const hostPreparation: HostKind = {
  configMaps({ spec }) {
    const { preparation } = spec as Partial<HostSpec>
    return (preparation?.packageRepositories ?? []).flatMap(({ key }) => key.configMapRef?.name ?? [])
  },
  expand({ configMaps, hosts, memberPorts, object }) {
    const host = object.metadata.name
    const nothing: DesiredHost = { host, declared: false, users: [], files: [], keeps: [] }
    const parsed = parseSpec(hostKind, object.spec)
    if ('problems' in parsed) return { desired: nothing, problems: parsed.problems }
    const { preparation } = parsed.spec
    if (preparation === undefined) return { desired: nothing, problems: [] }
    const repositories = repositoriesOf(host, preparation, configMaps)
    const clash = nameClash(object, preparation, hosts)
    const { hostname } = preparation
    const desired: DesiredHost = {
      ...nothing,
      declared: true,
      ...(preparation.hostsFile ? { hostsBlock: hostLines(hosts) } : {}),
      ...(hostname === undefined || clash.length > 0 ? {} : { hostname }),
      users: preparation.users.map(({ name, group = name }) => ({ name, group, create: true })),
      ...softwareOf(preparation),
      ...(repositories.packageLists === undefined ? {} : { packageLists: repositories.packageLists }),
      files: [...limitsFile(preparation), ...environmentFile(preparation), ...repositories.files],
      keeps: repositories.keeps,
      ...(preparation.firewall === 'OpenDeclaredPorts'
        ? { openPorts: ascending([parsed.spec.ssh.port, ...memberPorts]) }
        : {}),
    }
    return { desired, problems: [...clash, ...repositories.problems] }
  },
}

function ascending(ports: readonly number[]): readonly number[] {
  return [...new Set(ports)].sort((a, b) => a - b)
}

function nameClash(
  { metadata }: Resource,
  { hostname }: HostPreparation,
  hosts: readonly Resource[],
): readonly Problem[] {
  const other = hosts.find((host) => {
    const { preparation } = host.spec as Partial<HostSpec>
    return host.metadata.name !== metadata.name && hostname !== undefined && preparation?.hostname === hostname
  })
  if (other === undefined) return []
  const field = 'spec.preparation.hostname'
  const message = `${metadata.name}: ${field} ${hostname ?? ''} is also that of Host ${other.metadata.name}: give one of them another name`
  return [problem('InvalidSpec', message, { host: metadata.name, field })]
}

/** A Java from a package is one package more. */
function softwareOf({ java, maskUnits, packages }: HostPreparation): Pick<DesiredHost, 'packages' | 'java'> {
  const all = [...new Set([...packages, ...(java?.package === undefined ? [] : [java.package])])]
  const archive = java?.archive
  const digest = archive?.sha512 === undefined ? `sha256:${archive?.sha256 ?? ''}` : `sha512:${archive.sha512}`
  const familyPrefix = '/opt/ironherd/java-'
  const path = `${familyPrefix}${digest.slice('sha256:'.length).slice(0, 12)}`
  return {
    ...(all.length + maskUnits.length === 0
      ? {}
      : { packages: { from: 'packages', packages: all, maskUnits, path: '/usr' } }),
    ...(archive === undefined ? {} : { java: { from: 'archive', url: archive.url, digest, path, familyPrefix } }),
  }
}

function limitsFile({ limits }: HostPreparation): readonly HostFile[] {
  if (limits.length === 0) return []
  const lines = limits.flatMap(({ user, openFiles, processes }) =>
    [
      ['nofile', openFiles],
      ['nproc', processes],
    ].flatMap(([item, value]) => (value === undefined ? [] : [`${user} - ${item ?? ''} ${value}`])),
  )
  return [fileOf('limits', limitsPath, lines)]
}

function environmentFile({ environment }: HostPreparation): readonly HostFile[] {
  const names = Object.keys(environment).sort()
  if (names.length === 0) return []
  const lines = names.map((name) => `export ${name}=${quote(environment[name] ?? '')}`)
  return [fileOf('environment', environmentPath, lines)]
}
