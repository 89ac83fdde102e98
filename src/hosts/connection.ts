import type { Client, ClientChannel } from 'ssh2'
import { messageOf } from './waiting.ts'

/** An authenticated SSH connection. It ends once, with a reason; everybody who uses it is told. */
export class Connection {
  /** By the fleet's clock, ms. */
  readonly openedAt: number
  readonly #client: Client
  readonly #onLost = new Set<(why: string) => void>()
  #lost: string | undefined
  #lastError = ''

  constructor(client: Client, openedAt: number) {
    this.#client = client
    this.openedAt = openedAt
    // ssh2 may emit errors after the end; without a listener each of them would end the process.
    client.on('error', (error) => {
      this.#lastError = error.message
    })
    client.once('close', () => this.#end(this.#lastError === '' ? 'the host closed the connection' : this.#lastError))
  }

  /** Why the connection is gone; undefined while it stands. */
  get lost(): string | undefined {
    return this.#lost
  }

  /** Calls back once when the connection ends, at once when it has. Returns how to withdraw. */
  onLost(callback: (why: string) => void): () => void {
    if (this.#lost !== undefined) {
      callback(this.#lost)
      return () => {}
    }
    this.#onLost.add(callback)
    return () => this.#onLost.delete(callback)
  }

  /** Ends it at once: `end` would wait for a host that may never answer. */
  destroy(why: string): void {
    this.#end(why)
    this.#client.destroy()
  }

  /** Opens a channel that runs a command. Rejects when the host refuses; may wait for ever on a frozen one. */
  exec(command: string): Promise<ClientChannel> {
    return this.#open((callback) => this.#client.exec(command, callback))
  }

  /** Opens a TCP connection from the host to address:port. Same caveats. */
  forward(address: string, port: number): Promise<ClientChannel> {
    return this.#open((callback) => this.#client.forwardOut('127.0.0.1', 0, address, port, callback))
  }

  #open(open: (callback: (error: Error | undefined, channel: ClientChannel) => void) => void): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) {
        reject(new Error(this.#lost))
        return
      }
      const withdraw = this.onLost((why) => reject(new Error(why)))
      try {
        open((error, channel) => {
          withdraw()
          if (error === undefined || error === null) resolve(channel)
          else reject(error)
        })
      } catch (error) {
        withdraw()
        reject(new Error(messageOf(error)))
      }
    })
  }

  #end(why: string): void {
    if (this.#lost !== undefined) return
    this.#lost = why
    for (const callback of [...this.#onLost]) callback(why)
    this.#onLost.clear()
  }
}
