// A host's disk: an overlay on the base, and a data directory that is a mount of its own. Both survive power cycles.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { labDir } from '../machine/places.ts'
import { must } from '../machine/sh.ts'

export function hostDir(lab: string, host: string): string {
  return join(labDir(lab), 'hosts', host)
}

/** The guest's root directory as this machine sees it, while the overlay is mounted. */
export function rootOf(lab: string, host: string): string {
  return join(hostDir(lab, host), 'root')
}

export function dataOf(lab: string, host: string): string {
  return join(hostDir(lab, host), 'data')
}

export interface Identity {
  readonly lab: string
  readonly host: string
  readonly hosts: readonly { readonly name: string; readonly address: string }[]
  readonly authorizedKey: string
}

/** Makes the disk of a new host: mounted, and with everything in it that no two machines may share. */
export async function makeDisk(lowerDirs: readonly string[], identity: Identity): Promise<void> {
  const dir = hostDir(identity.lab, identity.host)
  for (const each of ['upper', 'work', 'root', 'data']) await mkdir(join(dir, each), { recursive: true, mode: 0o755 })
  const root = rootOf(identity.lab, identity.host)
  const options = `lowerdir=${lowerDirs.join(':')},upperdir=${join(dir, 'upper')},workdir=${join(dir, 'work')}`
  await must(['mount', '-t', 'overlay', `ironherd-lab-${identity.lab}`, '-o', options, root])
  const machineId = createHash('sha256')
    .update(`${identity.lab}/${identity.host}/${String(Date.now())}`)
    .digest('hex')
    .slice(0, 32)
  await writeFile(join(root, 'etc/machine-id'), `${machineId}\n`)
  await writeFile(join(root, 'etc/hostname'), `${identity.host}\n`)
  const lines = identity.hosts.map(({ name, address }) => `${address} ${name}`)
  await writeFile(join(root, 'etc/hosts'), `127.0.0.1 localhost\n::1 localhost\n${lines.join('\n')}\n`)
  const home = join(root, 'home/ops')
  await mkdir(join(home, '.ssh'), { recursive: true })
  await writeFile(join(home, '.ssh/authorized_keys'), identity.authorizedKey, { mode: 0o600 })
  await must(['chroot', root, 'chown', '-R', 'ops:ops', '/home/ops'])
  await must(['chmod', '700', join(home, '.ssh')])
  await makeHostKeys(root)
}

/** sshd reads one key of each type; 2048 bits are enough for RSA here, and quick. */
async function makeHostKeys(root: string): Promise<void> {
  const make = (type: string, bits: readonly string[]): Promise<string> =>
    must([
      'ssh-keygen',
      '-q',
      '-t',
      type,
      ...bits,
      '-N',
      '',
      '-C',
      'lab',
      '-f',
      join(root, `etc/ssh/ssh_host_${type}_key`),
    ])
  await Promise.all([make('ed25519', []), make('ecdsa', []), make('rsa', ['-b', '2048'])])
}

export async function removeDisks(lab: string): Promise<void> {
  await must([
    'bash',
    '-c',
    // -l: a guest that is being killed may still hold its root for a moment.
    'awk -v d="$1/" \'index($5, d) == 1 {print $5}\' /proc/self/mountinfo | tac | xargs -r umount -l',
    '-',
    labDir(lab),
  ])
  if (existsSync(labDir(lab))) await must(['rm', '-rf', '--one-file-system', labDir(lab)])
}
