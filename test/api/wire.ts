// A way to the API server that a test can cut, as a network does: bytes in both directions, nothing understood.
import { createServer, connect as dial, type Socket } from 'node:net'

export interface Wire {
  /** Stands for the server's own address. */
  readonly url: string
  /** Breaks every connection, and accepts none until `mend`. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

export async function startWire(to: string): Promise<Wire> {
  const { hostname, port } = new URL(to)
  const sockets = new Set<Socket>()
  let isCut = false
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // A broken connection is what this is for.
    socket.on('error', () => undefined)
  }
  const server = createServer((near) => {
    keep(near)
    if (isCut) {
      near.destroy()
      return
    }
    const far = dial(Number(port), hostname)
    keep(far)
    near.pipe(far).pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the wire has no port')
  const cut = (): void => {
    isCut = true
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `https://127.0.0.1:${String(address.port)}`,
    cut,
    mend() {
      isCut = false
    },
    close() {
      cut()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
