import net from 'node:net'

export interface FakeZookeeper {
  readonly port: number
  readonly nodes: Map<string, Buffer>
  readonly behaviour: {
    /** Connects are taken and never answered. */
    silent: boolean
    /** Sessions are granted, calls never answered. */
    deaf: boolean
    /** Error code of every write: -102 is NoAuth. */
    writeError: number
    /** What reads bring instead of what was written. */
    lie: Buffer | undefined
    /** ms until a session is granted. */
    delayMs: number
    /** Error code of every sync, and of every read. */
    syncError: number
    readError: number
    /** Session that owns every node. */
    owner: bigint
    /** Of the sessions that are granted, ms; 0 refuses them. */
    sessionMs: number
  }
  connections: number
  sessionsClosed: number
  close(): void
}

/** As much of ZooKeeper's wire protocol as one client with one node needs. */
export async function fakeZookeeper(port = 0): Promise<FakeZookeeper> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    fake.connections++
    sockets.add(socket)
    socket.on('error', () => {})
    let pending: Buffer = Buffer.alloc(0)
    let session: Promise<void> | undefined
    socket.on('data', (data) => {
      pending = Buffer.concat([pending, data])
      while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
        const frame = pending.subarray(4, 4 + pending.readInt32BE(0))
        pending = pending.subarray(4 + frame.length)
        // A client may send its calls with the greeting.
        if (session !== undefined) void session.then(() => answer(socket, frame))
        else session = grant(socket, frame)
      }
    })
  })
  const grant = (socket: net.Socket, greeting: Buffer): Promise<void> => {
    const { delayMs, sessionMs, silent } = fake.behaviour
    if (silent) return new Promise(() => {})
    return new Promise((resolve) => {
      setTimeout(() => {
        // Only a client that asks whether the session is read-only is told.
        send(socket, Buffer.concat([granted(sessionMs), Buffer.alloc(greeting.length > 44 ? 1 : 0)]))
        resolve()
      }, delayMs)
    })
  }
  const answer = (socket: net.Socket, frame: Buffer): void => {
    const { behaviour, nodes } = fake
    const xid = frame.readInt32BE(0)
    const type = frame.readInt32BE(4)
    if (behaviour.deaf || behaviour.silent) return
    if (type === -11) {
      fake.sessionsClosed++
      socket.end(framed(reply(xid, 0)))
      return
    }
    const length = frame.length > 8 ? frame.readInt32BE(8) : 0
    const path = frame.toString('utf8', 12, 12 + length)
    const at = 12 + length
    if (type === 9) return send(socket, reply(xid, behaviour.syncError, text(path)))
    if (type === 4 && behaviour.readError !== 0) return send(socket, reply(xid, behaviour.readError))
    const isWrite = type === 1 || type === 5
    if (isWrite && behaviour.writeError !== 0) return send(socket, reply(xid, behaviour.writeError))
    if (type === 1) {
      if (nodes.has(path)) return send(socket, reply(xid, -110))
      nodes.set(path, Buffer.alloc(0))
      return send(socket, reply(xid, 0, text(path)))
    }
    const node = nodes.get(path)
    if (node === undefined) return send(socket, reply(xid, -101))
    if (type === 5) {
      const size = frame.readInt32BE(at)
      nodes.set(path, Buffer.from(frame.subarray(at + 4, at + 4 + size)))
      return send(socket, reply(xid, 0, Buffer.alloc(68)))
    }
    const value = behaviour.lie ?? node
    const stat = Buffer.alloc(68)
    stat.writeBigUInt64BE(behaviour.owner, 44)
    send(socket, reply(xid, 0, Buffer.concat([int(value.length), value, stat])))
  }
  const fake: FakeZookeeper = {
    port: 0,
    nodes: new Map<string, Buffer>(),
    behaviour: {
      silent: false,
      deaf: false,
      writeError: 0,
      lie: undefined,
      delayMs: 0,
      syncError: 0,
      readError: 0,
      owner: 0n,
      sessionMs: 10_000,
    },
    connections: 0,
    sessionsClosed: 0,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return Object.assign(fake, { port: (server.address() as net.AddressInfo).port })
}

function int(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(value)
  return buffer
}

function text(value: string): Buffer {
  return Buffer.concat([int(Buffer.byteLength(value)), Buffer.from(value)])
}

function framed(payload: Buffer): Buffer {
  return Buffer.concat([int(payload.length), payload])
}

function granted(sessionMs: number): Buffer {
  return Buffer.concat([int(0), int(sessionMs), Buffer.alloc(8, 1), int(16), Buffer.alloc(16)])
}

function reply(xid: number, error: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([int(xid), Buffer.alloc(8), int(error), error === 0 ? payload : Buffer.alloc(0)])
}

function send(socket: net.Socket, payload: Buffer): void {
  if (!socket.destroyed) socket.write(framed(payload))
}
