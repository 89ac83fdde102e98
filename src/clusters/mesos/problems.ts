import { type MesosSpec, packagesRefusal } from '../../api/mesos.ts'
import { agentFlagsOwned, environmentOwned, masterFlagsOwned } from '../../api/mesos-owned.ts'
import type { OwnedKeys } from '../../api/owned.ts'
import type { HostView } from '../../model/kind.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { dataDirectoryProblems } from '../../services/common/directories.ts'
import { agentAliases, agentFlags, masterAliases, masterFlags } from '../../services/mesos-common/flag-names.ts'
import type { Placement } from './hosts.ts'

type Values = Readonly<Record<string, string>>

/** What is wrong with the values of the spec. The API server finds most of it first; it may hold an older CRD. */
export function specProblems(spec: MesosSpec, { groups }: Placement): readonly Problem[] {
  const { masters } = spec
  const at = 'spec.masters'
  return [
    ...versionProblems(spec.version),
    ...(spec.software.packages === undefined ? [] : [invalid('spec.software.packages', packagesRefusal)]),
    ...zookeeperProblems(spec),
    ...countProblems(masters.hosts.length),
    ...flagProblems(`${at}.flags`, masters.flags, {
      owned: masterFlagsOwned,
      known: masterFlags,
      aliases: masterAliases,
    }),
    ...environmentProblems(`${at}.environment`, masters.environment),
    ...dataDirectoryProblems(masters.workDir, `${at}.workDir`),
    ...groups.flatMap(({ group, field, hosts }) => [
      ...flagProblems(`${field}.flags`, group.flags, {
        owned: agentFlagsOwned,
        known: agentFlags,
        aliases: agentAliases,
      }),
      ...environmentProblems(`${field}.environment`, group.environment),
      ...dataDirectoryProblems(group.workDir, `${field}.workDir`),
      ...attributeProblems(`${field}.attributes`, group.attributes, hosts),
    ]),
  ]
}

function invalid(field: string, message: string): Problem {
  return problem('InvalidSpec', `${field}: ${message}`, { field })
}

function versionProblems(version: string): readonly Problem[] {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major === 1 && minor >= 5 && minor <= 12) return []
  return [
    invalid(
      'spec.version',
      `${version}: Mesos 1.5 to 1.12 is what this release can configure and judge; use one of these`,
    ),
  ]
}

function zookeeperProblems({ zookeeperConnect, zookeeperRef }: MesosSpec): readonly Problem[] {
  if ((zookeeperConnect === undefined) !== (zookeeperRef === undefined)) return []
  return [invalid('spec.zookeeperRef', 'give exactly one of zookeeperRef and zookeeperConnect')]
}

function countProblems(masters: number): readonly Problem[] {
  if (masters % 2 === 1) return []
  const message = `${masters} masters: give 1, 3, 5 or 7; with an even number a tie loses what one fewer would keep`
  return [invalid('spec.masters.hosts', message)]
}

interface Names {
  readonly owned: OwnedKeys
  readonly known: readonly string[]
  /** Older names, and what each is called now. */
  readonly aliases: Values
}

function flagProblems(field: string, given: Values, { aliases, known, owned }: Names): readonly Problem[] {
  return Object.keys(given).flatMap((key) => {
    const at = { field: `${field}[${key}]` }
    const name = Object.hasOwn(aliases, key) ? (aliases[key] ?? key) : key
    if (Object.hasOwn(owned, name)) {
      return [problem('OwnedKey', `${field}: ${key} is set by ironherd; remove it and use ${owned[name]}`, at)]
    }
    if (name !== key) return [problem('InvalidSpec', `${field}: ${key} is an older name; write ${name}`, at)]
    if (known.includes(key)) return []
    const message = `${field}: Mesos 1.12 knows no flag ${key}, and the daemon would end at once; correct the name, without hyphens and without no-`
    return [problem('InvalidSpec', message, at)]
  })
}

function environmentProblems(field: string, given: Values): readonly Problem[] {
  return Object.keys(given).flatMap((key) => {
    const prefix = Object.keys(environmentOwned).find((owned) => key.startsWith(owned))
    if (prefix === undefined) return []
    const message = `${field}: ${key} is set by ironherd; remove it and use ${environmentOwned[prefix]}`
    return [problem('OwnedKey', message, { field: `${field}[${key}]` })]
  })
}

/** What stands between $( and ) is known, and the hosts have it. */
function attributeProblems(field: string, attributes: Values, hosts: readonly HostView[]): readonly Problem[] {
  return Object.entries(attributes).flatMap(([name, value]) => {
    const at = `${field}[${name}]`
    const unknown = [...value.matchAll(/\$\(?[^)]*\)?/g)]
      .map(([words]) => words)
      .find((words) => words !== '$(host)' && words !== '$(failureDomain)')
    if (unknown !== undefined) return [invalid(at, `${unknown}: only $(host) and $(failureDomain) stand for something`)]
    if (!value.includes('$(failureDomain)')) return []
    return hosts
      .filter(({ failureDomain }) => failureDomain === undefined)
      .map((host) =>
        problem('InvalidSpec', `${at}: Host ${host.name} has no failureDomain; give it one`, {
          field: at,
          host: host.name,
        }),
      )
  })
}
