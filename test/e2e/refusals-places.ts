// What stands in the way on one machine: files, directories, disks, ports, archives, and whom the machine obeys.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest } from '../world/manifests.ts'
import { conditionOf, type World } from '../world/world.ts'
import { withSpec } from './edited.ts'
import type { Situation } from './refusal.ts'
import { asRoot } from './refusals-logins.ts'

/** `solo`: a ZookeeperCluster of one server on the host `spare`, which was never started. */
export function placeRefusals(world: World, solo: Manifest, spare: string): readonly Situation[] {
  const on = { kind: 'ZookeeperCluster', name: solo.metadata.name }
  const root = (command: string) => (): Promise<void> => asRoot(world, spare, command)
  const applies = [solo]
  const here = { on, applies }
  return [
    {
      name: 'a file of somebody else where one of its own must stand',
      reason: 'FileNotOurs',
      ...here,
      applies: [withExtraFile(solo, '/etc/ironherd/files/motd')],
      given: root('mkdir -p /etc/ironherd/files && echo theirs > /etc/ironherd/files/motd'),
      undo: root('rm -r /etc/ironherd/files'),
      says: new RegExp(`${spare}: /etc/ironherd/files/motd was not written by ironherd.*move it away`),
    },
    {
      name: 'a symbolic link in the place of the data directory',
      reason: 'NotADirectory',
      ...here,
      given: root('ln -s /tmp /data/solo'),
      undo: root('rm /data/solo'),
      says: new RegExp(`${spare}: /data/solo is a symbolic link.*move it away`),
    },
    {
      name: 'a file in the place of the data directory',
      reason: 'NotADirectory',
      ...here,
      given: root('touch /data/solo'),
      undo: root('rm /data/solo'),
      says: new RegExp(`${spare}: /data/solo is no directory.*move it away`),
    },
    {
      name: 'a disk without room',
      reason: 'DiskFull',
      ...here,
      given: () => world.lab.host(spare).fillDisk('/data', 40),
      undo: () => world.lab.host(spare).restoreDisk('/data'),
      says: new RegExp(`${spare}: 0 MiB are free at /data, at least 32 are needed.*free space`),
    },
    {
      name: 'a disk that is mounted read-only',
      reason: 'ReadOnlyFileSystem',
      ...here,
      given: root('mount -t tmpfs -o ro,size=100m lab-read-only /data'),
      undo: root('umount /data'),
      says: new RegExp(`${spare}: the file system at /data is mounted read-only.*writable`),
    },
    {
      name: 'a stranger who listens on the port',
      reason: 'PortTaken',
      ...here,
      given: root('systemd-run --unit=stranger --quiet systemd-socket-activate -l 2181 --accept --inetd /bin/cat'),
      undo: root('systemctl stop stranger'),
      says: new RegExp(`${spare}: port 2181 \\(spec\\.ports\\.client.*stranger\\.service.*stop that process`),
    },
    {
      name: 'data of a server that ironherd did not start',
      reason: 'ForeignData',
      ...here,
      given: root('mkdir -p /data/solo/version-2 && touch /data/solo/version-2/snapshot.0'),
      undo: root('rm -r /data/solo'),
      says: new RegExp(`${spare}.*/data/solo.*[Mm]ove it away`),
    },
    {
      name: 'a machine that another installation keeps',
      reason: 'ManagedByAnother',
      ...here,
      given: async () => {
        await asRoot(world, spare, keptBy('11111111-2222-4333-8444-555555555555'))
        await hostSays(world, spare, 'ManagedByAnother')
      },
      undo: root('cd /var/lib/ironherd && if [ -e saved ]; then mv saved installation; else rm installation; fi'),
      says: new RegExp(`${spare} is kept by installation 11111111-.*/var/lib/ironherd/installation`),
    },
    {
      name: 'packages that nobody offers',
      reason: 'PackageInstallFailed',
      ...here,
      applies: [withSpec(withSpec(solo, ['version'], '3.8.0'), ['software'], { packages: ['no-such-package'] })],
      meanwhile: { what: 'user and directories; nothing is masked, installed or started', changes: /^\S+:( ran |\/)/ },
      says: new RegExp(`${spare}: .*no-such-package`),
    },
    {
      name: 'an archive with two top directories',
      reason: 'ArchiveUnusable',
      ...here,
      applies: () => [withArchive(solo, builtArchive(world, 'two-tops', ['a', 'b']))],
      says: /two-tops\.tar\.gz.*top director/,
    },
    {
      name: 'an archive that is no archive',
      reason: 'ArchiveUnusable',
      ...here,
      applies: () => [withArchive(solo, textArchive(world))],
      says: /no-archive\.tar\.gz.*not a tar archive/,
    },
  ]
}

function keptBy(installation: string): string {
  return `mkdir -p /var/lib/ironherd && cd /var/lib/ironherd && { [ ! -e installation ] || cp -p installation saved; } &&
    echo ${installation} > installation`
}

async function hostSays(world: World, host: string, reason: string): Promise<void> {
  await world.until('host', host, reason, (shown) => conditionOf(shown, 'Managed')?.reason === reason, 30_000)
}

function withExtraFile(solo: Manifest, path: string): Manifest {
  return withSpec(solo, ['extraFiles'], [{ path, secretRef: { name: 'fleet-ssh', key: 'id_ed25519' } }])
}

function withArchive(solo: Manifest, file: string): Manifest {
  const sha512 = createHash('sha512').update(readFileSync(file)).digest('hex')
  return withSpec(solo, ['software'], { archive: { url: `file://${file}`, sha512 } })
}

function archiveDirectory(world: World): string {
  const directory = join(world.lab.dir, 'bad-archives')
  mkdirSync(directory, { recursive: true })
  return directory
}

function builtArchive(world: World, name: string, tops: readonly string[]): string {
  const directory = archiveDirectory(world)
  for (const top of tops) {
    mkdirSync(join(directory, top), { recursive: true })
    writeFileSync(join(directory, top, 'file'), name)
  }
  const file = join(directory, `${name}.tar.gz`)
  execFileSync('tar', ['-czf', file, '-C', directory, ...tops])
  return file
}

function textArchive(world: World): string {
  const file = join(archiveDirectory(world), 'no-archive.tar.gz')
  writeFileSync(file, '<html>Please log in to download</html>\n'.repeat(40))
  return file
}
