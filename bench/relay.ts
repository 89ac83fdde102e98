import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'

/** A way to one address that takes longer. */
export interface Relay {
  /** On 127.0.0.1. */
  readonly port: number
  close(): void
}

/** Hands on what comes in either direction after `delayMs()`, in order; what that says may change at any time. */
export function startRelay(address: string, port: number, delayMs: () => number): Promise<Relay> {
  const open = new Set<Socket>()
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: address, port, noDelay: true })
    for (const socket of [near, far]) {
      open.add(socket)
      socket.on('close', () => open.delete(socket))
      socket.on('error', () => undefined)
    }
    pass(near, far, delayMs)
    pass(far, near, delayMs)
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        close() {
          server.close()
          for (const socket of open) socket.destroy()
        },
      })
    })
  })
}

function pass(from: Socket, to: Socket, delayMs: () => number): void {
  from.on('data', (data) => {
    const ms = delayMs()
    // A timer of 0 ms would be one of 1 ms.
    if (ms === 0) to.write(data)
    else setTimeout(() => to.write(data), ms)
  })
  from.on('close', () => setTimeout(() => to.end(), delayMs()))
}
