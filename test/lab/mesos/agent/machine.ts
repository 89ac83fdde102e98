import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import type { Flags } from '../common/flags.ts'
import { exitWith, info } from '../common/log.ts'

const isolators = [
  'appc/runtime',
  'cgroups/all',
  'cgroups/blkio',
  'cgroups/cpu',
  'cgroups/cpuset',
  'cgroups/devices',
  'cgroups/hugetlb',
  'cgroups/mem',
  'cgroups/net_cls',
  'cgroups/net_prio',
  'cgroups/perf_event',
  'cgroups/pids',
  'disk/du',
  'docker/runtime',
  'docker/volume',
  'environment_secret',
  'filesystem/linux',
  'filesystem/posix',
  'linux/capabilities',
  'linux/devices',
  'namespaces/ipc',
  'namespaces/pid',
  'network/cni',
  'network/ports',
  'posix/cpu',
  'posix/disk',
  'posix/mem',
  'posix/rlimits',
  'volume/host_path',
  'volume/image',
  'volume/sandbox_path',
  'volume/secret',
  'windows/cpu',
  'windows/mem',
]

/**
 * A cgroup2 mount beside old hierarchies: the real agent of 1.12 goes at once (c-failures/00). A lab host is a guest of
 * such a machine and cannot help it: `LAB_MESOS_CGROUPS=ignore` excuses it there.
 */
export function refuseHybridCgroups(version: string, environment: NodeJS.ProcessEnv): void {
  if (environment.LAB_MESOS_CGROUPS === 'ignore' || !version.startsWith('1.12.')) return
  const place = cgroup2Mounts(readFileSync('/proc/self/mounts', 'utf8')).find((mount) => mount !== '/sys/fs/cgroup')
  if (place === undefined) return
  process.stderr.write(
    `Failed to check if cgroup2 filesystem is mounted: Found cgroups2 mount at an unexpected location '${place}'\n\n` +
      'See `mesos-agent --help` for a list of supported flags.\n',
  )
  process.exit(1)
}

/** Places of the cgroup2 file systems in a table like /proc/self/mounts. */
export function cgroup2Mounts(table: string): readonly string[] {
  return table.split('\n').flatMap((line) => {
    const [, place, type] = line.split(' ')
    return type === 'cgroup2' && place !== undefined ? [place] : []
  })
}

/** Where the machine's init is systemd, its runtime directory must be there (e-flags/environment-and-errors.txt). */
export function initializeSystemd(flags: Flags): void {
  if (!flags.boolean('systemd_enable_support')) return
  const version = systemdVersion()
  if (version === undefined) return
  info('systemd.cpp:242', `systemd version \`${version}\` detected`)
  info('main.cpp:668', 'Initializing systemd state')
  const directory = flags.text('systemd_runtime_directory') ?? ''
  if (!existsSync(directory)) {
    exitWith('main.cpp:677', `Failed to initialize systemd: Failed to locate systemd runtime directory: ${directory}`)
  }
}

/** The containerizers that are there; goes with the recorded words (c-failures/49) on any that cannot be. */
export function createContainerizers(flags: Flags): readonly string[] {
  const names = (flags.text('containerizers') ?? 'mesos').split(',')
  for (const name of names) {
    if (name === 'mesos') checkIsolation(flags)
    else if (name === 'docker') checkDocker(flags)
    else noContainerizer(`Unknown or unsupported containerizer: ${name}`)
  }
  return names
}

function checkIsolation(flags: Flags): void {
  const asked = (flags.text('isolation') ?? '').split(',').filter((name) => name !== '')
  const all = new Set(['environment_secret', ...asked, 'network/cni'])
  if (!all.has('filesystem/linux')) all.add('filesystem/posix')
  info('containerizer.cpp:324', `Using isolation { ${[...all].join(', ')} }`)
  const unknown = [...all].find((name) => !isolators.includes(name))
  if (unknown !== undefined) {
    noContainerizer(`Could not create MesosContainerizer: Unknown or unsupported isolator '${unknown}'`)
  }
  const launcher = flags.text('launcher') ?? ''
  if (!['linux', 'posix'].includes(launcher)) {
    noContainerizer(`Could not create MesosContainerizer: Unknown or unsupported launcher: ${launcher}`)
  }
  if (launcher === 'linux' && process.getuid?.() !== 0) {
    noContainerizer('Could not create MesosContainerizer: Failed to create launcher: LinuxLauncher requires root')
  }
}

function checkDocker(flags: Flags): void {
  const docker = flags.text('docker') ?? 'docker'
  try {
    execFileSync(docker, ['-H', `unix://${flags.text('docker_socket') ?? ''}`, '--version'], { stdio: 'ignore' })
  } catch {
    noContainerizer(
      `Could not create DockerContainerizer: Failed to create docker: Failed to execute '${docker} --version'`,
    )
  }
}

function noContainerizer(reason: string): never {
  return exitWith('main.cpp:790', `Failed to create a containerizer: ${reason}`)
}

function systemdVersion(): string | undefined {
  try {
    const init = realpathSync('/sbin/init')
    if (!init.endsWith('/systemd')) return undefined
    return /^systemd (\d+)/.exec(execFileSync(init, ['--version'], { encoding: 'utf8' }))?.[1]
  } catch {
    return undefined
  }
}
