// Hosts that ironherd must not, or cannot, log in to. Each is a second Host object, so that no other is disturbed.
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Manifest, namespace } from '../world/manifests.ts'
import type { World } from '../world/world.ts'
import { named, withSpec } from './edited.ts'
import type { Situation } from './refusal.ts'

/** `host`: the manifest of the spare host, at whose machine the logins are tried. */
export function loginRefusals(world: World, host: Manifest): readonly Situation[] {
  const spare = host.metadata.name
  const bad = { ...named(host, 'bad'), metadata: { ...host.metadata, name: 'bad', labels: {} } }
  const on = { kind: 'Host', name: 'bad' }
  const root = (command: string) => (): Promise<void> => asRoot(world, spare, command)
  const asUser = (user: string): Manifest => withSpec(bad, ['ssh', 'user'], user)
  const account = (user: string, shell: string) =>
    root(`useradd --create-home --shell ${shell} ${user} && install -d -m 700 -o ${user} /home/${user}/.ssh &&
      install -m 600 -o ${user} ~${world.lab.ssh.user}/.ssh/authorized_keys /home/${user}/.ssh/authorized_keys`)
  const noAccount = (user: string) => root(`pkill -KILL -u ${user}; userdel --remove ${user}; true`)
  // A Secret of its own for each: what ironherd has read of one it believes for a while.
  const withKey = (name: string, key: string): readonly Manifest[] => [
    secret(name, { key }),
    withSpec(bad, ['ssh', 'privateKeySecretRef'], { name, key: 'key' }),
  ]
  const { address, hostKeys } = world.lab.host('m2')
  const unused = address.replace(/\d+$/, '250')
  return [
    {
      name: 'a host at an address where nobody is',
      reason: 'Unreachable',
      on,
      applies: [withSpec(bad, ['address'], unused)],
      says: new RegExp(`bad: ${unused.replaceAll('.', '\\.')}:22`),
    },
    {
      name: 'a host without a pinned key',
      reason: 'HostKeyUnpinned',
      on,
      applies: [withSpec(bad, ['ssh', 'hostKeys'], [])],
      says: /SHA256:.*spec\.ssh\.hostKeys: (ssh|ecdsa)-\S+ AAAA/,
    },
    {
      name: 'a host that shows another key than the pinned one',
      reason: 'HostKeyChanged',
      on,
      applies: [withSpec(bad, ['ssh', 'hostKeys'], hostKeys)],
      says: /bad: it shows .* SHA256:.*pinned is .* SHA256:.*Nothing is run there/,
    },
    {
      name: 'a Secret of the private key that does not exist',
      reason: 'PrivateKeyMissing',
      on,
      applies: [withSpec(bad, ['ssh', 'privateKeySecretRef'], { name: 'nosecret', key: 'key' })],
      says: /bad: there is no Secret nosecret .*spec\.ssh\.privateKeySecretRef/,
    },
    {
      name: 'a Secret without the key that is named',
      reason: 'PrivateKeyMissing',
      on,
      applies: [withSpec(bad, ['ssh', 'privateKeySecretRef'], { name: 'fleet-ssh', key: 'nokey' })],
      says: /Secret fleet-ssh has no key nokey .*spec\.ssh\.privateKeySecretRef/,
    },
    {
      name: 'a private key that is none',
      reason: 'PrivateKeyUnusable',
      on,
      applies: withKey('no-key', 'not a key\n'),
      says: /bad: the private key .*spec\.ssh\.privateKeySecretRef/,
    },
    {
      name: 'a private key with a passphrase',
      reason: 'PrivateKeyUnusable',
      on,
      applies: () => withKey('locked-key', lockedKey(world)),
      says: /no passphrase given.*spec\.ssh\.privateKeySecretRef/,
    },
    {
      name: 'a private key that the host does not know',
      reason: 'AuthenticationFailed',
      on,
      applies: () => withKey('strange-key', strangeKey()),
      says: new RegExp(`refused the private key for user ${world.lab.ssh.user}.*authorized_keys`),
    },
    {
      name: 'a user whom the host does not know',
      reason: 'AuthenticationFailed',
      on,
      applies: [asUser('nobodyhere')],
      says: /for user nobodyhere/,
    },
    {
      name: 'a bastion that does not exist',
      reason: 'BastionMissing',
      on,
      applies: [withSpec(bad, ['ssh', 'bastionRef'], { name: 'nobastion' })],
      says: /bad: there is no Host nobastion .*spec\.ssh\.bastionRef/,
    },
    {
      name: 'a user without a sudo rule',
      reason: 'SudoRefused',
      on,
      given: account('nosudo', '/bin/bash'),
      applies: [asUser('nosudo')],
      undo: noAccount('nosudo'),
      says: /bad: .*sudo.*nosudo/,
    },
    {
      name: 'a user whose login shell lets nobody in',
      reason: 'ProbeFailed',
      on,
      given: account('noshell', '/usr/sbin/nologin'),
      applies: [asUser('noshell')],
      undo: noAccount('noshell'),
      says: /bad: .*noshell.*not available/,
    },
    {
      name: 'a host without flock',
      reason: 'ToolMissing',
      on,
      given: root('mv /usr/bin/flock /usr/bin/flock.away'),
      applies: [bad],
      undo: root('mv /usr/bin/flock.away /usr/bin/flock'),
      says: /bad: .*flock/,
    },
    {
      name: 'two Host objects for one machine',
      reason: 'DuplicateMachine',
      on,
      applies: [bad],
      says: new RegExp(`bad is the same machine as Host .*/${spare} \\(machine-id [0-9a-f]{32}\\)`),
    },
  ]
}

/** Runs it on the host past sshd; throws with what it said when it fails. */
export async function asRoot(world: World, host: string, command: string): Promise<void> {
  const { code, stderr } = await world.lab.host(host).exec(command, { timeoutMs: 60_000 })
  if (code !== 0) throw new Error(`${host}: ${command}: exit ${String(code)} ${stderr}`)
}

function secret(name: string, stringData: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData }
}

const pem = { type: 'pkcs1', format: 'pem' } as const

function strangeKey(): string {
  return generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: pem, publicKeyEncoding: pem }).privateKey
}

/** As ssh-keygen makes it for a person. */
function lockedKey(world: World): string {
  const file = join(world.lab.dir, 'locked-key')
  execFileSync('rm', ['-f', file, `${file}.pub`])
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'a secret of its owner', '-f', file])
  return readFileSync(file, 'utf8')
}
