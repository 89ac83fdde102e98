import { type HostSpec, hostKind } from '../../api/host.ts'
import type { HostPreparation } from '../../api/host-preparation.ts'
import { parseSpec } from '../../api/resource.ts'
import { quote } from '../../formats/shell.ts'
import type { DesiredHost, HostFile, HostKind, HostPart } from '../../model/host.ts'
import { environmentPath, limitsPath } from '../../model/host.ts'
import type { Resource } from '../../model/object.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { hostLines } from './hosts-block.ts'

export const hostPreparation: HostKind = {
  expand(object, hosts) {
    const host = object.metadata.name
    const nothing: DesiredHost = { host, declared: false, users: [], files: [] }
    const parsed = parseSpec(hostKind, object.spec)
    if ('problems' in parsed) return { desired: nothing, problems: parsed.problems }
    const { preparation } = parsed.spec
    if (preparation === undefined) return { desired: nothing, problems: [] }
    const clash = nameClash(object, preparation, hosts)
    const { hostname } = preparation
    const desired: DesiredHost = {
      ...nothing,
      declared: true,
      ...(preparation.hostsFile ? { hostsBlock: hostLines(hosts) } : {}),
      ...(hostname === undefined || clash.length > 0 ? {} : { hostname }),
      users: preparation.users.map(({ name, group = name }) => ({ name, group, create: true })),
      files: [...limitsFile(preparation), ...environmentFile(preparation)],
    }
    return { desired, problems: clash }
  },
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

const notice = '# Written by ironherd from spec.preparation of the Host; changes here are undone.'

function limitsFile({ limits }: HostPreparation): readonly HostFile[] {
  if (limits.length === 0) return []
  const lines = limits.flatMap(({ user, openFiles, processes }) =>
    [
      ['nofile', openFiles],
      ['nproc', processes],
    ].flatMap(([item, value]) => (value === undefined ? [] : [`${user} - ${item ?? ''} ${value}`])),
  )
  return [fileOf('limits', limitsPath, [notice, ...lines])]
}

function environmentFile({ environment }: HostPreparation): readonly HostFile[] {
  const names = Object.keys(environment).sort()
  if (names.length === 0) return []
  const lines = names.map((name) => `export ${name}=${quote(environment[name] ?? '')}`)
  return [fileOf('environment', environmentPath, [notice, ...lines])]
}

function fileOf(part: HostPart, path: string, lines: readonly string[]): HostFile {
  const content = lines.map((line) => `${line}\n`).join('')
  return { part, file: { path, content, mode: '644', owner: 'root', group: 'root', secret: false, restart: false } }
}
