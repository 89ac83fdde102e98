import net from 'node:net'
import ssh2 from 'ssh2'
import type { HostTarget } from '../model/engine.ts'
import type { ReasonCode } from '../model/reasons.ts'
import { Connection } from './connection.ts'
import type { HostKey } from './host-keys.ts'
import {
  allAlgorithms,
  fingerprint,
  isPinned,
  isSupportedType,
  keyLine,
  offeredAlgorithms,
  parseHostKey,
  typeOfBlob,
} from './host-keys.ts'
import type { FleetSettings } from './settings.ts'
import type { Failure } from './types.ts'
import { messageOf, within } from './waiting.ts'

export type Connected = { readonly state: 'open'; readonly connection: Connection } | Failure

/**
 * Connects and authenticates, straight or through a bastion's connection. The host's key is compared with the pinned
 * ones before anything of ours is sent: without pins, or with another key, it ends at the key exchange, and neither user
 * nor key nor command ever reaches the host. Never rejects.
 */
export async function connect(
  target: HostTarget,
  via: Connection | undefined,
  settings: FleetSettings,
  now: () => number,
): Promise<Connected> {
  const failed = (code: ReasonCode, why: string): Failure => ({ state: 'failed', code, why: `${target.name}: ${why}` })
  const pinned = pinsOf(target)
  if (pinned.length === 0) {
    const shown = await handshake(target, via, settings, [], allAlgorithms())
    if (shown.end !== 'denied') return failed('Unreachable', whyOf(shown))
    const pins = target.hostKeys.length === 0 ? 'no host key is pinned' : 'no pinned line is a key that can be compared'
    return failed(
      'HostKeyUnpinned',
      `${pins}, so nothing is run there. It shows ${describe(shown.key)}. Compare that on the host itself ` +
        `(ssh-keygen -lf), then put this line into spec.ssh.hostKeys: ${keyLine(shown.key)}`,
    )
  }
  const parsed: unknown = ssh2.utils.parseKey(target.privateKey)
  // Typed as one key or an Error, but a file with several keys gives an array.
  const privateKey = (Array.isArray(parsed) ? parsed[0] : parsed) as ssh2.ParsedKey | Error | undefined
  if (privateKey === undefined || privateKey instanceof Error || !privateKey.isPrivateKey()) {
    const why = privateKey instanceof Error ? privateKey.message : 'it is not a private key'
    return failed(
      'PrivateKeyUnusable',
      `the private key cannot be used (${why}): put an OpenSSH or PEM key without a passphrase into the Secret of spec.ssh.privateKeySecretRef`,
    )
  }
  const result = await handshake(target, via, settings, pinned, offeredAlgorithms(pinned))
  if (result.end === 'denied') return changed(target, pinned, result.key)
  if (result.end === 'ready') return { state: 'open', connection: new Connection(result.client, now()) }
  if (!result.why.includes('no matching host key format')) return failed(result.code, result.why)
  // The host has no key of a pinned type any more: look which one it has, to say so.
  const shown = await handshake(target, via, settings, [], allAlgorithms())
  return shown.end === 'denied' ? changed(target, pinned, shown.key) : failed('Unreachable', whyOf(shown))
}

/**
 * Looks at the key that the host shows now, by a key exchange of its own that ends before any login: a living connection
 * says nothing of the machine that answers the next one, and a login would leave a session behind on the host. Returns a
 * failure only for a key that is not pinned; a host that cannot be reached is noticed elsewhere. Never rejects.
 */
export async function changedKey(
  target: HostTarget,
  via: Connection | undefined,
  settings: FleetSettings,
): Promise<Failure | undefined> {
  const pinned = pinsOf(target)
  const shown = await handshake(target, via, settings, [], allAlgorithms(pinned))
  return shown.end === 'denied' && !isPinned(shown.key, pinned) ? changed(target, pinned, shown.key) : undefined
}

function pinsOf(target: HostTarget): readonly HostKey[] {
  return target.hostKeys.flatMap((line) => parseHostKey(line) ?? []).filter((key) => isSupportedType(key.type))
}

function changed(target: HostTarget, pinned: readonly HostKey[], key: Buffer): Failure {
  const pins = pinned.map((pin) => describe(pin.blob)).join(', ')
  const why = `${target.name}: it shows ${describe(key)}, but pinned is ${pins}. Nothing is run there: find out why. Only if the host was reinstalled, put its new key into spec.ssh.hostKeys: ${keyLine(key)}`
  return { state: 'failed', code: 'HostKeyChanged', why }
}

function describe(key: Buffer): string {
  return `${typeOfBlob(key)} ${fingerprint(key)}`
}

type Handshake =
  | { readonly end: 'ready'; readonly client: ssh2.Client }
  /** The host showed a key that was not accepted; nothing was sent after it. */
  | { readonly end: 'denied'; readonly key: Buffer }
  | { readonly end: 'error'; readonly code: ReasonCode; readonly why: string }

function whyOf(shown: Handshake): string {
  return shown.end === 'error' ? shown.why : 'it showed no key'
}

/** With no `accepted` key the handshake only sees which key the host shows, and ends there. */
async function handshake(
  target: HostTarget,
  via: Connection | undefined,
  settings: FleetSettings,
  accepted: readonly HostKey[],
  offered: readonly string[],
): Promise<Handshake> {
  const place = `${target.address}:${target.port}`
  const client = new ssh2.Client()
  let socket: NodeJS.ReadWriteStream & { destroy(): unknown }
  try {
    const opened =
      via === undefined
        ? dial(target)
        : await within(settings.connectMs, via.forward(target.address, target.port), undefined)
    if (opened === undefined) throw new Error(`no answer within ${settings.connectMs / 1000} s`)
    socket = opened
  } catch (error) {
    return { end: 'error', code: 'Unreachable', why: `the bastion cannot reach ${place}: ${messageOf(error)}` }
  }
  let denied: Buffer | undefined
  const ended = new Promise<Handshake>((resolve) => {
    client.on('ready', () => resolve({ end: 'ready', client }))
    client.on('error', (error) => {
      resolve(denied === undefined ? { end: 'error', ...judge(error, place, target) } : { end: 'denied', key: denied })
    })
    client.on('close', () =>
      resolve({ end: 'error', code: 'Unreachable', why: `${place} closed the connection before the login was done` }),
    )
    client.connect({
      // Typed as Readable only, but ssh2 needs both directions.
      sock: socket as unknown as net.Socket,
      username: target.user,
      ...(accepted.length === 0 ? {} : { privateKey: target.privateKey }),
      algorithms: {
        // Typed as a closed list; these names come from ours.
        serverHostKey: [...offered] as ssh2.ServerHostKeyAlgorithm[],
      },
      hostVerifier: (key: Buffer) => {
        if (isPinned(key, accepted)) return true
        denied = Buffer.from(key)
        return false
      },
      readyTimeout: settings.connectMs,
      keepaliveInterval: settings.keepaliveMs,
      keepaliveCountMax: settings.keepaliveCount,
    })
  })
  const late: Handshake = {
    end: 'error',
    code: 'Unreachable',
    why: `${place} did not finish the login within ${settings.connectMs / 1000} s`,
  }
  socket.on('error', () => {})
  const result = await within(settings.connectMs, ended, late).catch(
    (error: unknown): Handshake => ({ end: 'error', code: 'Unreachable', why: `${place}: ${messageOf(error)}` }),
  )
  if (result.end !== 'ready') {
    client.on('error', () => {})
    client.destroy()
    socket.destroy()
  }
  return result
}

/** Nagle's algorithm with delayed acknowledgements costs 40 ms per small frame: measured 2–15 times slower. */
function dial(target: HostTarget): net.Socket {
  return net.connect({ host: target.address, port: target.port, noDelay: true, keepAlive: true })
}

function judge(error: Error, place: string, target: HostTarget): { readonly code: ReasonCode; readonly why: string } {
  const level = 'level' in error ? error.level : ''
  switch (level) {
    case 'client-authentication':
      return {
        code: 'AuthenticationFailed',
        why: `${place} refused the private key for user ${target.user} (${error.message}): put its public key into the authorized_keys of that user, or correct spec.ssh.user or the Secret`,
      }
    case 'client-timeout':
      return { code: 'Unreachable', why: `${place} fell silent during the login` }
    default:
      return { code: 'Unreachable', why: `${place}: ${error.message === '' ? 'no connection' : error.message}` }
  }
}
