// The disk that every lab host starts from: a Debian that has what DESIGN asks of a host, plus a Java; and layers on it.
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../machine/progress.ts'
import { must, mustLogged, run } from '../machine/sh.ts'
import { type BuildContext, obtain, type Piece } from './store.ts'

const SUITE = 'bookworm'
const INCLUDE = 'systemd,systemd-sysv,dbus,libpam-systemd,openssh-server,sudo,iproute2,procps,ca-certificates'
// libfaketime: a skewed clock per unit. No Python: what ironherd manages has none, and the tests must notice if it asks.
const PACKAGES = ['openjdk-17-jre-headless', 'curl', 'nftables', 'psmisc', 'libfaketime']

/** The user that ironherd logs in as. */
export const LAB_USER = 'ops'

const SSHD_CONFIG = `# Of the lab. A name that goes to DNS costs 20 s, and there is no DNS.
UseDNS no
PermitRootLogin no
PasswordAuthentication no
`
const JOURNALD_CONFIG = '[Journal]\nStorage=persistent\nSystemMaxUse=64M\n'
// For root only: `sudo -u SERVICE` is refused, as on a site that is careful.
const SUDOERS = `${LAB_USER} ALL=(root) NOPASSWD: ALL\n`
// Nobody logs in at a console, and timers that go to the network or rewrite caches only disturb measurements.
const MASKED = [
  'console-getty.service',
  'getty.target',
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'systemd-timesyncd.service',
]

const BASE: Piece = {
  name: 'debian',
  version: SUITE,
  recipe: JSON.stringify([2, INCLUDE, PACKAGES, SSHD_CONFIG, JOURNALD_CONFIG, SUDOERS, MASKED]),
  needs: ['debootstrap'],
  build: buildBase,
}

async function buildBase(dir: string, { logFile }: BuildContext): Promise<void> {
  const root = join(dir, 'root')
  const mirror = await mirrorOfThisMachine()
  await mustLogged(
    [
      'debootstrap',
      '--variant=minbase',
      `--include=${INCLUDE}`,
      SUITE,
      root,
      ...(mirror === undefined ? [] : [mirror]),
    ],
    logFile,
  )
  await copyFile(join(root, 'etc/apt/sources.list'), join(dir, 'sources.list'))
  // Packages come from the lab's own repository, or from nowhere: hosts have no way out.
  await inChroot(root, ['apt-get', 'install', '-y', '--no-install-recommends', ...PACKAGES], logFile)
  await forgetSources(root)
  await configure(root)
  await inChroot(root, ['useradd', '--create-home', '--shell', '/bin/bash', LAB_USER], logFile)
  await inChroot(root, ['systemctl', 'mask', ...MASKED], logFile)
  // Two machines with one machine-id or one host key are one machine to ironherd: each host makes its own.
  await must(['bash', '-c', 'rm -f "$1"/etc/ssh/ssh_host_*', '-', root])
  await writeFile(join(root, 'etc/machine-id'), '')
}

async function configure(root: string): Promise<void> {
  await writeFile(join(root, 'etc/ssh/sshd_config.d/lab.conf'), SSHD_CONFIG)
  await mkdir(join(root, 'etc/systemd/journald.conf.d'), { recursive: true })
  await writeFile(join(root, 'etc/systemd/journald.conf.d/lab.conf'), JOURNALD_CONFIG)
  await mkdir(join(root, 'var/log/journal'), { recursive: true })
  await writeFile(join(root, 'etc/sudoers.d/lab'), SUDOERS, { mode: 0o440 })
  await mkdir(join(root, 'data'), { recursive: true })
  const nsswitch = join(root, 'etc/nsswitch.conf')
  await writeFile(nsswitch, (await readFile(nsswitch, 'utf8')).replace(/^hosts:.*$/m, 'hosts: files'))
  await writeFile(join(root, 'etc/resolv.conf'), '')
}

/** debootstrap has a default of its own; but a machine that was pointed at a mirror should not be sent past it. */
async function mirrorOfThisMachine(): Promise<string | undefined> {
  const targets = await run(['apt-get', 'indextargets', '--format', '$(CODENAME) $(REPO_URI)', 'Created-By: Packages'])
  if (targets.code !== 0) return undefined
  for (const line of targets.stdout.split('\n')) {
    const [codename, uri] = line.split(' ')
    if (codename === SUITE && uri !== undefined && uri.startsWith('http')) return uri
  }
  return undefined
}

/** Java's own libraries are found through /proc: without it the package's configuration fails. */
async function inChroot(root: string, argv: readonly string[], logFile: string): Promise<void> {
  await must(['mount', '-t', 'proc', 'proc', join(root, 'proc')])
  try {
    const env = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
    // policy-rc.d: no package may start a daemon in there.
    await writeFile(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 })
    await mustLogged(['chroot', root, ...argv], logFile, { env })
    await rm(join(root, 'usr/sbin/policy-rc.d'))
  } finally {
    await must(['umount', '-l', join(root, 'proc')])
  }
}

async function forgetSources(root: string): Promise<void> {
  await must([
    'bash',
    '-c',
    'rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*.bin "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/periodic/*',
    '-',
    root,
  ])
  await writeFile(join(root, 'etc/apt/sources.list'), '')
}

/** The path of the base's root directory. */
export async function baseRoot(log: Log): Promise<string> {
  return join(await obtain(BASE, log), 'root')
}

/**
 * Runs apt-get in a writable overlay on the base, with the base's own sources and lists. What the commands change ends up in
 * `upper`; `use` may look at the merged root before it is taken apart.
 */
async function withAptOnBase(
  base: string,
  upper: string,
  context: BuildContext,
  use: (root: string) => Promise<void>,
): Promise<void> {
  const root = join(context.scratch, 'root')
  const work = `${upper}.work`
  for (const each of [root, work, upper]) await mkdir(each, { recursive: true })
  await must(['mount', '-t', 'overlay', 'overlay', '-o', `lowerdir=${base},upperdir=${upper},workdir=${work}`, root])
  try {
    await copyFile(join(base, '..', 'sources.list'), join(root, 'etc/apt/sources.list'))
    if (existsSync('/etc/resolv.conf')) await copyFile('/etc/resolv.conf', join(root, 'etc/resolv.conf'))
    // The base resolves names by file only.
    await must(['sed', '-i', 's/^hosts:.*/hosts: files dns/', join(root, 'etc/nsswitch.conf')])
    await inChroot(root, ['apt-get', 'update', '-q'], context.logFile)
    await use(root)
    await forgetSources(root)
    await writeFile(join(root, 'etc/resolv.conf'), '')
    await must(['sed', '-i', 's/^hosts:.*/hosts: files/', join(root, 'etc/nsswitch.conf')])
  } finally {
    await must(['umount', '-l', root])
    await rm(work, { recursive: true, force: true })
  }
}

/** A layer above the base that has Python, for the benchmark's peers (Ansible, pyinfra): no other host gets it. */
export async function pythonLayer(log: Log): Promise<string> {
  const base = await baseRoot(log)
  const piece: Piece = {
    name: 'debian-python',
    version: SUITE,
    recipe: BASE.recipe,
    needs: [],
    build: async (dir, context) => {
      await withAptOnBase(base, join(dir, 'root'), context, (root) =>
        inChroot(root, ['apt-get', 'install', '-y', '--no-install-recommends', 'python3'], context.logFile),
      )
    },
  }
  return join(await obtain(piece, log), 'root')
}

/**
 * A flat repository of the packages named, with everything they need beyond the base: hosts install from it with
 * `deb [trusted=yes] http://GATEWAY:PORT/packages ./`.
 */
export async function packageRepository(log: Log): Promise<string> {
  const base = await baseRoot(log)
  const wanted = ['zookeeper', 'tree']
  const piece: Piece = {
    name: 'packages',
    version: SUITE,
    recipe: JSON.stringify([2, BASE.recipe, wanted]),
    needs: ['dpkg-scanpackages'],
    build: async (dir, context) => {
      await withAptOnBase(base, join(context.scratch, 'upper'), context, async (root) => {
        const download = ['apt-get', 'install', '-y', '--no-install-recommends', '--download-only', ...wanted]
        await inChroot(root, download, context.logFile)
        await must(['bash', '-c', 'cp "$1"/var/cache/apt/archives/*.deb "$2"/', '-', root, dir])
      })
      await must(['bash', '-c', 'dpkg-scanpackages --multiversion . > Packages && gzip -k9 Packages'], { cwd: dir })
      await writeRelease(dir)
    },
  }
  return obtain(piece, log)
}

/** apt warns without end about a repository that has no Release file. */
async function writeRelease(dir: string): Promise<void> {
  const sums = await must(
    [
      'bash',
      '-c',
      'for f in Packages Packages.gz; do echo " $(sha256sum < $f | cut -d" " -f1) $(stat -c %s $f) $f"; done',
    ],
    { cwd: dir },
  )
  await writeFile(
    join(dir, 'Release'),
    `Origin: lab\nLabel: lab\nSuite: lab\nDate: Thu, 01 Jan 2026 00:00:00 UTC\nArchitectures: amd64 arm64 all\nSHA256:\n${sums}`,
  )
}
