import { connect, type Socket } from 'node:net'
import { connectFailure } from './failure.ts'
import { warning } from './log.ts'
import type { Pid } from './pid.ts'

/** Connections that only wait: when the other OS process ends, its kernel closes them. */
export class Links {
  readonly #sockets = new Set<Socket>()

  link(to: Pid, lost: () => void): { unlink(): void } {
    const socket = connect(to.port, to.ip)
    let wanted = true
    this.#sockets.add(socket)
    socket.on('error', (error) => {
      const why = connectFailure(to, error)
      if (wanted && why !== undefined) {
        warning('process.cpp:1480', `Failed to link to '${to.ip}:${to.port}', ${why}`)
      }
    })
    socket.on('close', () => {
      this.#sockets.delete(socket)
      if (wanted) lost()
      wanted = false
    })
    // Nobody writes here; a half that the other side ended is an end.
    socket.resume()
    return {
      unlink: () => {
        wanted = false
        socket.destroy()
      },
    }
  }

  close(): void {
    for (const socket of this.#sockets) {
      socket.removeAllListeners('close')
      socket.destroy()
    }
  }
}
