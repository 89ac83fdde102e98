import type { Jvm } from '../../api/common.ts'
import type { OwnedKeys } from '../../api/owned.ts'
import { systemPathRefusal } from '../../api/paths.ts'
import { eventLogPath, type SparkSpec } from '../../api/spark.ts'
import {
  daemonPrefixes,
  defaultsOwned,
  envOwned,
  historyOwned,
  logOwnedPrefixes,
  masterOwned,
  shuffleOwned,
  workerOwned,
} from '../../api/spark-owned.ts'
import { type Problem, problem } from '../../model/reasons.ts'
import { dataDirectoryProblems } from '../../services/common/directories.ts'

/** What is wrong with the values of the spec, whatever the hosts are. The API server finds most of it first; it may hold an older CRD. */
export function specProblems(spec: SparkSpec): readonly Problem[] {
  const { standalone, historyServer } = spec
  const { masters, workerGroups, shuffleService, recovery } = standalone
  const at = 'spec.standalone'
  return [
    ...versionProblems(spec.version),
    ...recoveryProblems(spec),
    ...ownedProblems(`${at}.masters.properties`, masters.properties, masterOwned),
    ...jvmProblems(`${at}.masters.jvm`, masters.jvm),
    ...(recovery.fileSystem === undefined
      ? []
      : dataDirectoryProblems(recovery.fileSystem.directory, `${at}.recovery.fileSystem.directory`)),
    ...workerGroups.flatMap((group, index) => {
      const field = `${at}.workerGroups[${index}]`
      return [
        ...ownedProblems(`${field}.properties`, group.properties, workerOwned),
        ...ownedProblems(`${field}.environment`, group.environment, envOwned),
        ...jvmProblems(`${field}.jvm`, group.jvm),
        ...dataDirectoryProblems(group.workDir, `${field}.workDir`),
        ...group.localDirs.flatMap((directory, at) => dataDirectoryProblems(directory, `${field}.localDirs[${at}]`)),
      ]
    }),
    ...(shuffleService === undefined
      ? []
      : [
          ...ownedProblems(`${at}.shuffleService.properties`, shuffleService.properties, shuffleOwned),
          ...jvmProblems(`${at}.shuffleService.jvm`, shuffleService.jvm),
          ...dataDirectoryProblems(shuffleService.stateDir, `${at}.shuffleService.stateDir`),
        ]),
    ...(historyServer === undefined
      ? []
      : [
          ...ownedProblems('spec.historyServer.properties', historyServer.properties, historyOwned),
          ...jvmProblems('spec.historyServer.jvm', historyServer.jvm),
          ...eventLogProblems(historyServer.eventLogDir),
        ]),
    ...ownedProblems('spec.sparkDefaults', spec.sparkDefaults, defaultsOwned),
    ...daemonKeyProblems(spec.sparkDefaults),
    ...ownedProblems('spec.sparkEnv', spec.sparkEnv, envOwned),
    ...logProblems(spec.log4j2.daemons),
  ]
}

function invalid(field: string, message: string): Problem {
  return problem('InvalidSpec', `${field}: ${message}`, { field })
}

function versionProblems(version: string): readonly Problem[] {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 3 || (major === 3 && minor >= 3)) return []
  return [
    invalid(
      'spec.version',
      `${version} is older than 3.3.0, the oldest that this release can configure (log4j2); use a newer one`,
    ),
  ]
}

function recoveryProblems({ standalone }: SparkSpec): readonly Problem[] {
  const { recovery, masters } = standalone
  const ways = [recovery.zookeeperRef, recovery.zookeeperConnect, recovery.fileSystem, recovery.none]
  const field = 'spec.standalone.recovery'
  const given = ways.filter((way) => way !== undefined).length
  if (given !== 1) {
    return [
      invalid(field, `${given} ways are given; give exactly one of zookeeperRef, zookeeperConnect, fileSystem, none`),
    ]
  }
  const elects = recovery.zookeeperRef !== undefined || recovery.zookeeperConnect !== undefined
  if (elects || masters.hosts.length === 1) return []
  return [
    invalid(
      'spec.standalone.masters.hosts',
      `${masters.hosts.length} masters without an election would all lead; give one host, or recovery.zookeeperRef`,
    ),
  ]
}

function ownedProblems(field: string, given: Readonly<Record<string, string>>, owned: OwnedKeys): readonly Problem[] {
  return Object.keys(given)
    .filter((key) => Object.hasOwn(owned, key))
    .map((key) =>
      problem('OwnedKey', `${field}: ${key} is set by ironherd; remove it and use ${owned[key]}`, {
        field: `${field}[${key}]`,
      }),
    )
}

function daemonKeyProblems(defaults: Readonly<Record<string, string>>): readonly Problem[] {
  return Object.keys(defaults)
    .filter((key) => daemonPrefixes.some((prefix) => key.startsWith(prefix)))
    .map((key) =>
      problem(
        'OwnedKey',
        `spec.sparkDefaults: ${key} is read by daemons only, and they do not read this file; put it into properties of ` +
          'masters, worker group or historyServer',
        { field: `spec.sparkDefaults[${key}]` },
      ),
    )
}

function logProblems(overrides: Readonly<Record<string, string>>): readonly Problem[] {
  return Object.keys(overrides)
    .filter((key) => logOwnedPrefixes.some((prefix) => key.startsWith(prefix)))
    .map((key) =>
      problem('OwnedKey', `spec.log4j2.daemons: ${key} is set by ironherd; remove it and use spec.logs`, {
        field: `spec.log4j2.daemons[${key}]`,
      }),
    )
}

/** Options for which there is a field, or which would win over the file that the field writes. */
const ownedOptions: readonly (readonly [prefix: string, instead: string])[] = [
  ['-Xmx', 'jvm.heap'],
  ['-Xms', 'jvm.heap'],
  ['-Dlog4j2.configurationFile=', 'log4j2.daemons'],
  ['-Dlog4j.configurationFile=', 'log4j2.daemons'],
  ['-Dspark.', 'properties'],
]

function jvmProblems(field: string, { options }: Jvm): readonly Problem[] {
  return options.flatMap((option, index) => {
    const owned = ownedOptions.find(([prefix]) => option.startsWith(prefix))
    if (owned === undefined) return []
    const at = `${field}.options[${index}]`
    return [problem('OwnedKey', `${at}: ${option}: remove it and use ${owned[1]} of the daemon`, { field: at })]
  })
}

function eventLogProblems(url: string): readonly Problem[] {
  const refusal = systemPathRefusal(eventLogPath(url))
  const field = 'spec.historyServer.eventLogDir'
  return refusal === undefined ? [] : [invalid(field, `${refusal}; choose a directory of your own`)]
}
