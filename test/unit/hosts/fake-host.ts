import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import net from 'node:net'
import ssh2 from 'ssh2'
import type { HostTarget } from '../../../src/model/engine.ts'

type KeyKind = 'ed25519' | 'ecdsa256' | 'ecdsa384' | 'ecdsa521' | 'rsa'

export interface HostKeyPair {
  /** PEM or OpenSSH, for the server. */
  readonly secret: string
  /** `type base64`. */
  readonly line: string
}

export function makeKey(kind: KeyKind = 'ed25519'): HostKeyPair {
  // ssh2's generator makes, once in two hundred times, a key that ssh2's own parser refuses as malformed.
  for (let attempt = 1; ; attempt++) {
    const secret = generate(kind)
    const parsed = ssh2.utils.parseKey(secret)
    if (!(parsed instanceof Error)) {
      return { secret, line: `${parsed.type} ${parsed.getPublicSSH().toString('base64')}` }
    }
    if (attempt === 20) throw parsed
  }
}

function generate(kind: KeyKind): string {
  switch (kind) {
    case 'rsa': {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
      return String(privateKey.export({ type: 'pkcs1', format: 'pem' }))
    }
    case 'ed25519':
      return ssh2.utils.generateKeyPairSync('ed25519').private
    case 'ecdsa256':
    case 'ecdsa384':
    case 'ecdsa521':
      return ssh2.utils.generateKeyPairSync('ecdsa', { bits: Number(kind.slice(5)) as 256 | 384 | 521 }).private
  }
}

export interface FakeHost {
  readonly port: number
  target(over?: Partial<HostTarget>): HostTarget
  /** What happened, in order: connected, auth <user>, exec <command>, forward <port>. */
  readonly log: string[]
  /** Behaviour that tests change while it runs. */
  readonly behaviour: {
    hostKeys: string[]
    frozen: boolean
    /** Instead of the root shell: what stands in for sudo. */
    sudo: string | undefined
    /** Printed by the login shell before anything else. */
    noise: string
    forwarding: boolean
  }
  /** From now on it reads and answers nothing: a machine that hangs. */
  freeze(): void
  /** Cuts every connection. */
  cut(): void
  close(): void
}

export const userKey = makeKey()

/** For machines that have no systemctl, e.g. minimal images: a session asks whether it is there, and these tests never use it. */
const standIn = { 'BASH_FUNC_systemctl%%': '() { return 1; }' }

/** An sshd in this process, whose root shells are real bashes on this machine. */
export async function fakeHost(name: string): Promise<FakeHost> {
  const first = makeKey()
  const behaviour: FakeHost['behaviour'] = {
    hostKeys: [first.secret],
    frozen: false,
    sudo: undefined,
    noise: '',
    forwarding: true,
  }
  const log: string[] = []
  const sockets = new Set<net.Socket>()
  const front = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    log.push('connected')
    if (behaviour.frozen) return
    const server = new ssh2.Server({ hostKeys: behaviour.hostKeys }, (client) => serve(client))
    server.injectSocket(socket)
  })
  const serve = (client: ssh2.Connection): void => {
    client.on('error', () => {})
    client.on('authentication', (context) => {
      log.push(`auth ${context.method} ${context.username}`)
      const right = context.method === 'publickey' && userKey.line.endsWith(context.key.data.toString('base64'))
      if (right) context.accept()
      else context.reject(['publickey'])
    })
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, info) => {
        log.push(`exec ${info.command}`)
        shell(acceptExec(), info.command)
      })
    })
    client.on('tcpip', (accept, reject, info) => {
      log.push(`forward ${info.destPort}`)
      if (!behaviour.forwarding) {
        reject()
        return
      }
      const socket = net.connect(info.destPort, info.destIP)
      socket.once('error', () => reject())
      socket.once('connect', () => {
        const channel = accept()
        channel.on('error', () => {})
        channel.once('close', () => socket.destroy())
        socket.once('close', () => channel.end())
        channel.pipe(socket).pipe(channel)
      })
    })
  }
  const shell = (channel: ssh2.ServerChannel, command: string): void => {
    const program = behaviour.sudo ?? command.replace(/^sudo -n -- /, '')
    // Not by sh: dash does not hand functions on.
    const child = spawn('/bin/bash', ['-c', `printf %s "$NOISE"; ${program}`], {
      env: { ...process.env, ...standIn, NOISE: behaviour.noise },
    })
    channel.on('error', () => {})
    child.stdin.on('error', () => {})
    channel.pipe(child.stdin)
    child.stdout.on('data', (data: Buffer) => behaviour.frozen || channel.write(data))
    child.stderr.on('data', (data: Buffer) => behaviour.frozen || channel.stderr.write(data))
    child.once('close', (code) => {
      channel.exit(code ?? 1)
      channel.end()
    })
  }
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
  const { port } = front.address() as net.AddressInfo
  return {
    port,
    log,
    behaviour,
    target: (over = {}) => ({
      key: `ns/${name}`,
      name,
      address: '127.0.0.1',
      port,
      user: 'ops',
      privateKey: userKey.secret,
      hostKeys: [first.line],
      ...over,
    }),
    freeze: () => {
      behaviour.frozen = true
      for (const socket of sockets) socket.pause()
    },
    cut: () => {
      for (const socket of sockets) socket.destroy()
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      front.close()
    },
  }
}
