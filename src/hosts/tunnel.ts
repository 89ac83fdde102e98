import net from 'node:net'
import type { Connection } from './connection.ts'
import type { Tunnel } from './types.ts'
import { messageOf, within } from './waiting.ts'

/**
 * A listener on 127.0.0.1 whose connections are carried to address:port as the host sees it. It ends with the signal or
 * with the SSH connection; `ended` is called once then. A first channel is opened and closed again before it is handed
 * out, so that an sshd that forbids forwarding, or a port where nobody listens, is an error with its own words.
 */
export async function openTunnel(
  connection: Connection,
  address: string,
  port: number,
  signal: AbortSignal,
  openMs: number,
  ended: () => void,
): Promise<Tunnel> {
  const probe = await within(openMs, connection.forward(address, port), undefined).catch((error: unknown) => {
    throw new Error(`no way to ${address}:${port}: ${messageOf(error)}`)
  })
  if (probe === undefined) throw new Error(`no channel to ${address}:${port} within ${openMs / 1000} s`)
  probe.on('error', () => {})
  probe.destroy()
  const open = new Set<{ destroy(): unknown }>()
  const server = net.createServer((socket) => {
    socket.setNoDelay(true)
    socket.on('error', () => {})
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    within(openMs, connection.forward(address, port), undefined).then(
      (channel) => {
        if (channel === undefined || socket.destroyed) {
          socket.destroy()
          channel?.destroy()
          return
        }
        open.add(channel)
        channel.on('error', () => {})
        channel.once('close', () => {
          open.delete(channel)
          socket.destroy()
        })
        socket.once('close', () => channel.destroy())
        socket.pipe(channel).pipe(socket)
      },
      () => socket.destroy(),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new Error(messageOf(error))))
    server.listen(0, '127.0.0.1', resolve)
  })
  const listening = server.address()
  let over = false
  const end = (): void => {
    if (over) return
    over = true
    withdraw()
    signal.removeEventListener('abort', end)
    for (const one of open) one.destroy()
    server.close()
    ended()
  }
  const withdraw = connection.onLost(() => setImmediate(end))
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  return {
    port: typeof listening === 'object' && listening !== null ? listening.port : 0,
    close: () => Promise.resolve(end()),
  }
}
