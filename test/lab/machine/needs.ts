// What the lab needs of the machine it runs on, and how it gets it: with apt-get as root on a Debian, else in words.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from './lock.ts'
import { stateHome } from './places.ts'
import { type Log, withProgress } from './progress.ts'
import { must, run } from './sh.ts'

/** Command → the Debian package that has it. */
const PACKAGE_OF = {
  debootstrap: 'debootstrap',
  'systemd-nspawn': 'systemd-container',
  nft: 'nftables',
  ip: 'iproute2',
  nsenter: 'util-linux',
  flock: 'util-linux',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  mvn: 'maven',
  java: 'default-jre-headless',
  javac: 'default-jdk-headless',
  pip3: 'python3-pip',
  python3: 'python3',
  readelf: 'binutils',
  'dpkg-deb': 'dpkg',
  'dpkg-scanpackages': 'dpkg-dev',
  tar: 'tar',
  gzip: 'gzip',
  gpg: 'gpg',
  xz: 'xz-utils',
} as const

export type Command = keyof typeof PACKAGE_OF

/** What every running lab needs; building a piece of the cache asks for its own on top. */
export const TO_RUN: readonly Command[] = [
  'systemd-nspawn',
  'nft',
  'ip',
  'nsenter',
  'ssh',
  'ssh-keygen',
  'readelf',
  'tar',
  // Tests sign a repository of packages.
  'gpg',
]

export function hasCommand(command: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((dir) => dir !== '' && existsSync(join(dir, command)))
}

/** Makes every one of `commands` available, or throws one sentence that names what is missing and the command for it. */
export async function need(commands: readonly Command[], log: Log): Promise<void> {
  const missing = commands.filter((command) => !hasCommand(command))
  if (missing.length === 0) return
  await installPackages(
    missing.map((command) => PACKAGE_OF[command]),
    missing.join(', '),
    log,
  )
}

/** A Python `venv` module is a package of its own on Debian, and no command on the path. */
export async function needPythonVenv(log: Log): Promise<void> {
  await need(['python3', 'pip3'], log)
  const probe = await run(['python3', '-c', 'import venv, ensurepip'])
  if (probe.code !== 0) await installPackages(['python3-venv'], "Python's venv", log)
}

async function installPackages(wanted: readonly string[], what: string, log: Log): Promise<void> {
  const packages = [...new Set(wanted)]
  const command = `apt-get install --no-install-recommends ${packages.join(' ')}`
  if (process.getuid?.() !== 0 || !hasCommand('apt-get')) {
    throw new Error(`The lab needs ${what}, which this machine lacks. Run as root: ${command}`)
  }
  await withLock(join(stateHome(), 'apt.lock'), async () => {
    await withProgress(log, packages.join(' '), 'installing', async () => {
      await refreshPackageLists()
      await must(['apt-get', 'install', '-y', '-q', '--no-install-recommends', ...packages], {
        env: { DEBIAN_FRONTEND: 'noninteractive' },
      })
    })
  })
}

export async function refreshPackageLists(): Promise<void> {
  const lists = '/var/lib/apt/lists'
  const known = existsSync(lists) && readdirSync(lists).some((name) => name.includes('_Packages'))
  if (!known) await must(['apt-get', 'update', '-q'])
}

// A root shell that came from `su` has no sbin in its path, and debootstrap, nft and ip live there.
process.env['PATH'] = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`

/** Root, Linux: said once and early, instead of some EPERM in the middle. */
export function requireRoot(): void {
  if (process.platform !== 'linux')
    throw new Error('The lab runs on Linux only: its hosts are systemd-nspawn containers.')
  if (process.getuid?.() !== 0) {
    throw new Error(
      'The lab needs root (mounts, network namespaces, containers). Run it with sudo, or as root in a virtual machine.',
    )
  }
}
