import type { Limits } from '../../api/common.ts'
import { commandLine } from '../../formats/shell.ts'
import { environmentWord, execLine, execWord, unitFile } from '../../formats/unit.ts'
import type { DesiredFile, ServiceUser } from '../../model/member.ts'
import type { MemberPaths } from './names.ts'

export interface ServiceUnit {
  readonly paths: MemberPaths
  readonly description: string
  readonly user: ServiceUser
  readonly limits: Limits
  /** Program (absolute path) and arguments of the daemon, which stays in the foreground. */
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** A file whose variable holds further words of the command, read at each start: a change of it restarts nobody. */
  readonly words?: { readonly file: string; readonly variable: string }
  readonly workingDirectory: string
  /** Files besides the unit itself that a running daemon has to be restarted for, in order. */
  readonly loadedFiles: readonly string[]
  /** Mounts without which the daemon must not start; `/` is left out. */
  readonly mounts: readonly string[]
  /** How long an orderly stop may take before SIGKILL, s. Default 30. */
  readonly stopSeconds?: number
  /** It runs as root what users submit, as whomever they say: that outlives its restart, and has cgroups and rights of its own. */
  readonly runsTasks?: true
  /** More lines for [Service]; values as systemd reads them. */
  readonly more?: readonly (readonly [key: string, value: string])[]
}

/**
 * The unit of a daemon.
 *
 * ExecStartPre writes the sha256sums of what the process is started with to `loaded`, as root (`+`), since extra files
 * need not be readable for the service user and since the proof is to be worth something. The runtime directory is made
 * anew at each start and goes at each stop, so it never tells of an older process.
 *
 * Restart=always: several of the daemons leave with status 0 when they lose something (runbook §0.3). The start limit
 * stops a crash loop after about a minute, so that it is seen as failed; ironherd's start clears the limit.
 *
 * There is no hardening beyond NoNewPrivileges: Spark executors run whatever users submit. Tasks of Mesos change their user, so there is none at all.
 */
export function serviceUnitFile(unit: ServiceUnit): DesiredFile {
  const { paths, user, limits } = unit
  const sums = commandLine(['sha256sum', '--', paths.unitPath, ...unit.loadedFiles])
  const prove = `+/bin/sh -c ${execWord(`${sums} > ${commandLine([paths.loaded])}`)}`
  const mounts = unit.mounts.filter((mount) => mount !== '/')
  const content = unitFile(
    [
      {
        name: 'Unit',
        entries: [
          ['Description', unit.description.replaceAll('%', '%%')],
          ['Wants', 'network-online.target'],
          ['After', 'network-online.target'],
          ...(mounts.length > 0 ? [['RequiresMountsFor', mounts.join(' ')] as const] : []),
          ['StartLimitIntervalSec', '120'],
          ['StartLimitBurst', '6'],
        ],
      },
      {
        name: 'Service',
        entries: [
          ['Type', 'simple'],
          ['User', user.name],
          ['Group', user.group],
          ['UMask', unit.runsTasks ? '0022' : '0027'],
          ['WorkingDirectory', unit.workingDirectory],
          ['RuntimeDirectory', `ironherd/${paths.stem}`],
          ['RuntimeDirectoryMode', '0755'],
          ...Object.entries(unit.environment).map(
            ([name, value]) => ['Environment', environmentWord(name, value)] as const,
          ),
          ...(unit.words === undefined ? [] : [['EnvironmentFile', `-${unit.words.file}`] as const]),
          ['ExecStartPre', prove],
          ['ExecStart', `${execLine(unit.command)}${unit.words === undefined ? '' : ` $${unit.words.variable}`}`],
          ['Restart', 'always'],
          ['RestartSec', '2'],
          // 128 + SIGTERM: how a JVM says that it was asked to stop.
          ['SuccessExitStatus', '143'],
          ...(unit.runsTasks
            ? ([
                ['KillMode', 'process'],
                ['Delegate', 'yes'],
              ] as const)
            : ([['KillMode', 'control-group']] as const)),
          ['TimeoutStopSec', String(unit.stopSeconds ?? 30)],
          ['LimitNOFILE', String(limits.openFiles)],
          ['LimitNPROC', String(limits.processes)],
          ...(unit.runsTasks ? [] : ([['NoNewPrivileges', 'yes']] as const)),
          ...(unit.more ?? []),
        ],
      },
      { name: 'Install', entries: [['WantedBy', 'multi-user.target']] },
    ],
    ['Written by ironherd; changes are put back.'],
  )
  return { path: paths.unitPath, content, mode: '644', owner: 'root', group: 'root', secret: false, restart: true }
}

/** The words that start Java: with no home, the java that the PATH of the host finds. */
export function javaCommand(javaHome: string | undefined): readonly string[] {
  return javaHome === undefined ? ['/usr/bin/env', 'java'] : [`${javaHome}/bin/java`]
}
